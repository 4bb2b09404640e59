"""gift cards"""

import sqlalchemy as sa
from alembic import op


revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('gift_card',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('code_index', sa.String(length=64), nullable=False),
    sa.Column('last4', sa.String(length=4), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('initial_minor', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_by', sa.String(length=40), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('active', 'disabled', 'expired')", name=op.f('ck_gift_card_state_known')),
    sa.CheckConstraint('initial_minor > 0', name=op.f('ck_gift_card_initial_positive')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_gift_card_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_gift_card')),
    sa.UniqueConstraint('merchant_id', 'code_index', name=op.f('uq_gift_card_merchant_id_code_index'))
    )
    with op.batch_alter_table('gift_card', schema=None) as batch_op:
        batch_op.create_index('ix_gift_card_expires_at', ['state', 'expires_at'], unique=False)
        batch_op.create_index('ix_gift_card_last4', ['merchant_id', 'last4'], unique=False)

    op.create_table('gift_card_use',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('card_id', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.String(length=40), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('returned_minor', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('hold_id', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('held', 'spent', 'released')", name=op.f('ck_gift_card_use_state_known')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_gift_card_use_amount_positive')),
    sa.CheckConstraint('returned_minor >= 0 AND returned_minor <= amount_minor', name=op.f('ck_gift_card_use_returned_within_amount')),
    sa.ForeignKeyConstraint(['merchant_id', 'card_id'], ['gift_card.merchant_id', 'gift_card.id'], name=op.f('fk_gift_card_use_merchant_id_card_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_gift_card_use_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_gift_card_use')),
    sa.UniqueConstraint('merchant_id', 'order_id', name=op.f('uq_gift_card_use_merchant_id_order_id'))
    )
    with op.batch_alter_table('gift_card_use', schema=None) as batch_op:
        batch_op.create_index('ix_gift_card_use_card', ['merchant_id', 'card_id', 'created_at'], unique=False)

    with op.batch_alter_table('cart', schema=None) as batch_op:
        batch_op.add_column(sa.Column('gift_card_id', sa.String(length=40), nullable=True))

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('gift_card_minor', sa.BigInteger(), server_default='0', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_column('gift_card_minor')

    with op.batch_alter_table('cart', schema=None) as batch_op:
        batch_op.drop_column('gift_card_id')

    with op.batch_alter_table('gift_card_use', schema=None) as batch_op:
        batch_op.drop_index('ix_gift_card_use_card')

    op.drop_table('gift_card_use')
    with op.batch_alter_table('gift_card', schema=None) as batch_op:
        batch_op.drop_index('ix_gift_card_last4')
        batch_op.drop_index('ix_gift_card_expires_at')

    op.drop_table('gift_card')
