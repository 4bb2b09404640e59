"""first"""

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('giftwrap_order',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.String(length=40), nullable=False),
    sa.Column('order_code', sa.String(length=16), nullable=False),
    sa.Column('words', sa.String(length=500), nullable=False),
    sa.Column('price_minor', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('wrapped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('wrapped_by', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id', 'order_id'], ['orders.merchant_id', 'orders.id'], name=op.f('fk_giftwrap_order_merchant_id_order_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_giftwrap_order_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_giftwrap_order')),
    sa.UniqueConstraint('merchant_id', 'order_id', name=op.f('uq_giftwrap_order_merchant_id_order_id'))
    )
    with op.batch_alter_table('giftwrap_order', schema=None) as batch_op:
        batch_op.create_index('ix_giftwrap_order_listed', ['merchant_id', 'created_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('giftwrap_order', schema=None) as batch_op:
        batch_op.drop_index('ix_giftwrap_order_listed')

    op.drop_table('giftwrap_order')
