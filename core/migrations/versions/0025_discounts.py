"""discounts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('discount',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('method', sa.String(length=10), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('rate_ppm', sa.BigInteger(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('scope', sa.String(length=12), server_default='all', nullable=False),
    sa.Column('scope_ids', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='[]', nullable=False),
    sa.Column('get_scope', sa.String(length=12), server_default='all', nullable=False),
    sa.Column('get_ids', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='[]', nullable=False),
    sa.Column('buy_quantity', sa.BigInteger(), server_default='1', nullable=False),
    sa.Column('get_quantity', sa.BigInteger(), server_default='1', nullable=False),
    sa.Column('rounds_max', sa.BigInteger(), nullable=True),
    sa.Column('minimum_minor', sa.BigInteger(), nullable=False),
    sa.Column('minimum_quantity', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('audience', sa.String(length=12), server_default='everyone', nullable=False),
    sa.Column('emails', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='[]', nullable=False),
    sa.Column('with_goods', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('with_delivery', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('uses_max', sa.BigInteger(), nullable=True),
    sa.Column('per_buyer_max', sa.BigInteger(), nullable=True),
    sa.Column('used', sa.BigInteger(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('uses_max IS NULL OR used <= uses_max', name=op.f('ck_discount_used_within_max')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_discount_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_discount'))
    )
    with op.batch_alter_table('discount', schema=None) as batch_op:
        batch_op.create_index('ix_discount_method', ['merchant_id', 'method', 'active'], unique=False)

    op.create_table('discount_code',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('discount_id', sa.String(length=40), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('uses_max', sa.BigInteger(), nullable=True),
    sa.Column('used', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('uses_max IS NULL OR used <= uses_max', name=op.f('ck_discount_code_used_within_max')),
    sa.ForeignKeyConstraint(['merchant_id', 'discount_id'], ['discount.merchant_id', 'discount.id'], name=op.f('fk_discount_code_merchant_id_discount_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_discount_code_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_discount_code')),
    sa.UniqueConstraint('merchant_id', 'code', name=op.f('uq_discount_code_merchant_id_code'))
    )
    with op.batch_alter_table('discount_code', schema=None) as batch_op:
        batch_op.create_index('ix_discount_code_discount', ['merchant_id', 'discount_id', 'id'], unique=False)

    op.create_table('discount_use',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('discount_id', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.String(length=40), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('buyer_hash', sa.String(length=64), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('order_minor', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id', 'discount_id'], ['discount.merchant_id', 'discount.id'], name=op.f('fk_discount_use_merchant_id_discount_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'order_id'], ['orders.merchant_id', 'orders.id'], name=op.f('fk_discount_use_merchant_id_order_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_discount_use_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_discount_use')),
    sa.UniqueConstraint('merchant_id', 'order_id', 'discount_id', name=op.f('uq_discount_use_merchant_id_order_id_discount_id'))
    )
    with op.batch_alter_table('discount_use', schema=None) as batch_op:
        batch_op.create_index('ix_discount_use_buyer', ['merchant_id', 'discount_id', 'buyer_hash'], unique=False)
        batch_op.create_index('ix_discount_use_discount', ['merchant_id', 'discount_id', 'created_at'], unique=False)

    op.drop_table('coupon')


def downgrade() -> None:
    op.create_table('coupon',
    sa.Column('merchant_id', sa.VARCHAR(length=40), nullable=False),
    sa.Column('id', sa.VARCHAR(length=40), nullable=False),
    sa.Column('code', sa.VARCHAR(length=40), nullable=False),
    sa.Column('kind', sa.VARCHAR(length=10), nullable=False),
    sa.Column('rate_ppm', sa.BIGINT(), nullable=False),
    sa.Column('amount_minor', sa.BIGINT(), nullable=False),
    sa.Column('minimum_minor', sa.BIGINT(), nullable=False),
    sa.Column('uses_max', sa.BIGINT(), nullable=True),
    sa.Column('used', sa.BIGINT(), nullable=False),
    sa.Column('starts_at', sa.DATETIME(), nullable=True),
    sa.Column('ends_at', sa.DATETIME(), nullable=True),
    sa.Column('active', sa.BOOLEAN(), nullable=False),
    sa.Column('created_at', sa.DATETIME(), nullable=False),
    sa.CheckConstraint('uses_max IS NULL OR used <= uses_max', name=op.f('ck_coupon_used_within_max')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_coupon_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_coupon')),
    sa.UniqueConstraint('merchant_id', 'code', name=op.f('uq_coupon_merchant_id_code'))
    )
    with op.batch_alter_table('discount_use', schema=None) as batch_op:
        batch_op.drop_index('ix_discount_use_discount')
        batch_op.drop_index('ix_discount_use_buyer')

    op.drop_table('discount_use')
    with op.batch_alter_table('discount_code', schema=None) as batch_op:
        batch_op.drop_index('ix_discount_code_discount')

    op.drop_table('discount_code')
    with op.batch_alter_table('discount', schema=None) as batch_op:
        batch_op.drop_index('ix_discount_method')

    op.drop_table('discount')
