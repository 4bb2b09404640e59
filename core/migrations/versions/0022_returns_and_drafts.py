"""returns and drafts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('draft_order',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('content', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('created_by', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('order_id', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id', 'order_id'], ['orders.merchant_id', 'orders.id'], name=op.f('fk_draft_order_merchant_id_order_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_draft_order_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_draft_order'))
    )
    with op.batch_alter_table('draft_order', schema=None) as batch_op:
        batch_op.create_index('ix_draft_order_listed', ['merchant_id', 'updated_at'], unique=False)

    op.create_table('goods_return',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.String(length=40), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('wish', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('answer', sa.String(length=1000), nullable=False),
    sa.Column('sent', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('value_minor', sa.BigInteger(), nullable=False),
    sa.Column('beside_minor', sa.BigInteger(), nullable=False),
    sa.Column('refunded_minor', sa.BigInteger(), nullable=False),
    sa.Column('exchange_order_id', sa.String(length=40), nullable=True),
    sa.Column('opened_by', sa.String(length=60), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('value_minor >= 0 AND refunded_minor >= 0', name=op.f('ck_goods_return_amounts_not_negative')),
    sa.ForeignKeyConstraint(['merchant_id', 'exchange_order_id'], ['orders.merchant_id', 'orders.id'], name=op.f('fk_goods_return_merchant_id_exchange_order_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'order_id'], ['orders.merchant_id', 'orders.id'], name=op.f('fk_goods_return_merchant_id_order_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_goods_return_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_goods_return')),
    sa.UniqueConstraint('merchant_id', 'order_id', 'number', name=op.f('uq_goods_return_merchant_id_order_id_number'))
    )
    with op.batch_alter_table('goods_return', schema=None) as batch_op:
        batch_op.create_index('ix_goods_return_exchange', ['merchant_id', 'exchange_order_id'], unique=False)
        batch_op.create_index('ix_goods_return_state', ['merchant_id', 'state', 'id'], unique=False)

    op.create_table('goods_return_picture',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('return_id', sa.String(length=40), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id', 'return_id'], ['goods_return.merchant_id', 'goods_return.id'], name=op.f('fk_goods_return_picture_merchant_id_return_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_goods_return_picture_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_goods_return_picture'))
    )
    with op.batch_alter_table('goods_return_picture', schema=None) as batch_op:
        batch_op.create_index('ix_goods_return_picture', ['merchant_id', 'return_id', 'position'], unique=False)

    op.create_table('goods_return_line',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('return_id', sa.String(length=40), nullable=False),
    sa.Column('order_line_id', sa.String(length=40), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('received_quantity', sa.BigInteger(), nullable=False),
    sa.Column('restocked_quantity', sa.BigInteger(), nullable=False),
    sa.Column('location_id', sa.String(length=40), nullable=True),
    sa.Column('exchange_variant_id', sa.String(length=40), nullable=True),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_goods_return_line_quantity_positive')),
    sa.CheckConstraint('restocked_quantity >= 0 AND restocked_quantity <= received_quantity AND received_quantity <= quantity', name=op.f('ck_goods_return_line_received_within_sent')),
    sa.ForeignKeyConstraint(['merchant_id', 'exchange_variant_id'], ['variant.merchant_id', 'variant.id'], name=op.f('fk_goods_return_line_merchant_id_exchange_variant_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'location_id'], ['location.merchant_id', 'location.id'], name=op.f('fk_goods_return_line_merchant_id_location_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'order_line_id'], ['order_line.merchant_id', 'order_line.id'], name=op.f('fk_goods_return_line_merchant_id_order_line_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'return_id'], ['goods_return.merchant_id', 'goods_return.id'], name=op.f('fk_goods_return_line_merchant_id_return_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_goods_return_line_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'return_id', 'order_line_id', name=op.f('pk_goods_return_line'))
    )
    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('returned_quantity', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.create_check_constraint(op.f('ck_order_line_returned_within_shipped'), 'returned_quantity >= 0 AND returned_quantity <= shipped_quantity')

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('outside_minor', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.create_check_constraint(op.f('ck_orders_outside_within_total'), 'outside_minor >= 0 AND outside_minor <= total_minor')


def downgrade() -> None:
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_orders_outside_within_total'), type_='check')
        batch_op.drop_column('outside_minor')

    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_order_line_returned_within_shipped'), type_='check')
        batch_op.drop_column('returned_quantity')

    op.drop_table('goods_return_line')
    with op.batch_alter_table('goods_return_picture', schema=None) as batch_op:
        batch_op.drop_index('ix_goods_return_picture')

    op.drop_table('goods_return_picture')
    with op.batch_alter_table('goods_return', schema=None) as batch_op:
        batch_op.drop_index('ix_goods_return_state')
        batch_op.drop_index('ix_goods_return_exchange')

    op.drop_table('goods_return')
    with op.batch_alter_table('draft_order', schema=None) as batch_op:
        batch_op.drop_index('ix_draft_order_listed')

    op.drop_table('draft_order')
