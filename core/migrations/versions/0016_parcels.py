"""parcels"""

import sqlalchemy as sa
from alembic import op


revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('shipment_line',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('shipment_id', sa.String(length=40), nullable=False),
    sa.Column('order_line_id', sa.String(length=40), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_shipment_line_quantity_positive')),
    sa.ForeignKeyConstraint(['merchant_id', 'order_line_id'], ['order_line.merchant_id', 'order_line.id'], name=op.f('fk_shipment_line_merchant_id_order_line_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'shipment_id'], ['shipment.merchant_id', 'shipment.id'], name=op.f('fk_shipment_line_merchant_id_shipment_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_shipment_line_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'shipment_id', 'order_line_id', name=op.f('pk_shipment_line'))
    )
    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shipped_quantity', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('cancelled_quantity', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.create_check_constraint(
            'sent_within_bought',
            'shipped_quantity >= 0 AND cancelled_quantity >= 0 AND shipped_quantity + cancelled_quantity <= quantity',
        )

    with op.batch_alter_table('shipment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('state', sa.String(length=10), server_default='shipped', nullable=False))
        batch_op.add_column(sa.Column('location_id', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('shipped_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_shipment_merchant_id_location_id'), 'location', ['merchant_id', 'location_id'], ['merchant_id', 'id'])

    # Until now an order left in one parcel, whole.
    op.execute("UPDATE shipment SET shipped_at = created_at")
    op.execute(
        "UPDATE order_line SET shipped_quantity = quantity WHERE EXISTS (SELECT 1 FROM orders"
        " WHERE orders.merchant_id = order_line.merchant_id AND orders.id = order_line.order_id"
        " AND orders.state IN ('shipped', 'completed'))"
    )
    op.execute(
        "INSERT INTO shipment_line (merchant_id, shipment_id, order_line_id, quantity)"
        " SELECT shipment.merchant_id, shipment.id, order_line.id, order_line.quantity FROM shipment"
        " JOIN order_line ON order_line.merchant_id = shipment.merchant_id"
        " AND order_line.order_id = shipment.order_id"
    )


def downgrade() -> None:
    with op.batch_alter_table('shipment', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_shipment_merchant_id_location_id'), type_='foreignkey')
        batch_op.drop_column('shipped_at')
        batch_op.drop_column('location_id')
        batch_op.drop_column('state')

    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.drop_constraint('sent_within_bought', type_='check')
        batch_op.drop_column('cancelled_quantity')
        batch_op.drop_column('shipped_quantity')

    op.drop_table('shipment_line')
