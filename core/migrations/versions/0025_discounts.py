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

    # Coupons become discounts with one code, under the ids that they had; what was given stands with the orders.
    op.execute(
        "INSERT INTO discount (merchant_id, id, method, title, kind, rate_ppm, amount_minor, minimum_minor, uses_max,"
        " used, starts_at, ends_at, active, created_at, updated_at)"
        " SELECT merchant_id, id, 'code', code, kind, rate_ppm, amount_minor, minimum_minor, NULL,"
        " 0, starts_at, ends_at, active, created_at, created_at FROM coupon"
    )
    op.execute(
        "INSERT INTO discount_code (merchant_id, id, discount_id, code, used, created_at)"
        " SELECT merchant_id, id, id, code, 0, created_at FROM coupon"
    )
    op.execute(
        "INSERT INTO discount_use"
        " (merchant_id, id, discount_id, order_id, code, buyer_hash, amount_minor, order_minor, created_at)"
        " SELECT orders.merchant_id, orders.id, coupon.id, orders.id, coupon.code, '',"
        " orders.discount_minor, orders.total_minor, orders.placed_at"
        " FROM orders JOIN coupon ON coupon.merchant_id = orders.merchant_id AND coupon.code = orders.coupon_code"
        " WHERE orders.state <> 'cancelled' OR orders.paid_at IS NOT NULL"
    )
    op.execute(
        "UPDATE discount SET used = (SELECT count(*) FROM discount_use WHERE discount_use.merchant_id ="
        " discount.merchant_id AND discount_use.discount_id = discount.id)"
    )
    op.execute(
        "UPDATE discount SET uses_max = (SELECT CASE WHEN coupon.uses_max < discount.used THEN discount.used"
        " ELSE coupon.uses_max END FROM coupon"
        " WHERE coupon.merchant_id = discount.merchant_id AND coupon.id = discount.id)"
    )
    _rename_scopes('coupons', 'discounts')
    op.drop_table('coupon')


def _rename_scopes(old: str, new: str) -> None:
    as_text, back = ('CAST(scopes AS text)', 'jsonb') if op.get_bind().dialect.name == 'postgresql' else ('scopes', 'text')
    for table in ('api_client', 'api_token'):
        op.execute(f"""UPDATE {table} SET scopes = CAST(replace({as_text}, '"{old}\\:', '"{new}\\:') AS {back})""")


def downgrade() -> None:
    op.create_table('coupon',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('rate_ppm', sa.BigInteger(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('minimum_minor', sa.BigInteger(), nullable=False),
    sa.Column('uses_max', sa.BigInteger(), nullable=True),
    sa.Column('used', sa.BigInteger(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('uses_max IS NULL OR used <= uses_max', name=op.f('ck_coupon_used_within_max')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_coupon_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_coupon')),
    sa.UniqueConstraint('merchant_id', 'code', name=op.f('uq_coupon_merchant_id_code'))
    )
    # A coupon cannot say what it is bound to: only what it could say goes back, with the code that came first.
    op.execute(
        "INSERT INTO coupon (merchant_id, id, code, kind, rate_ppm, amount_minor, minimum_minor, uses_max, used,"
        " starts_at, ends_at, active, created_at)"
        " SELECT discount.merchant_id, discount.id, (SELECT min(discount_code.code) FROM discount_code"
        " WHERE discount_code.merchant_id = discount.merchant_id AND discount_code.discount_id = discount.id"
        " AND discount_code.uses_max IS NULL), kind, rate_ppm, amount_minor, minimum_minor, uses_max, used,"
        " starts_at, ends_at, active, created_at FROM discount WHERE method = 'code' AND kind <> 'bxgy'"
        " AND scope = 'all' AND audience = 'everyone'"
    )
    _rename_scopes('discounts', 'coupons')
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
