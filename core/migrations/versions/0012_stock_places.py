"""stock_places"""

import sqlalchemy as sa
from alembic import op


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('location',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('address', sa.String(length=300), nullable=False),
    sa.Column('priority', sa.BigInteger(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_location_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_location')),
    sa.UniqueConstraint('merchant_id', 'name', name=op.f('uq_location_merchant_id_name'))
    )
    op.create_table('stock_count',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('location_id', sa.String(length=40), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('created_by', sa.String(length=40), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id', 'location_id'], ['location.merchant_id', 'location.id'], name=op.f('fk_stock_count_merchant_id_location_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_stock_count_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_stock_count'))
    )
    with op.batch_alter_table('stock_count', schema=None) as batch_op:
        batch_op.create_index('ix_stock_count_listed', ['merchant_id', 'created_at', 'id'], unique=False)

    op.create_table('stock_transfer',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('from_id', sa.String(length=40), nullable=False),
    sa.Column('to_id', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('created_by', sa.String(length=40), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('from_id <> to_id', name=op.f('ck_stock_transfer_two_places')),
    sa.ForeignKeyConstraint(['merchant_id', 'from_id'], ['location.merchant_id', 'location.id'], name=op.f('fk_stock_transfer_merchant_id_from_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'to_id'], ['location.merchant_id', 'location.id'], name=op.f('fk_stock_transfer_merchant_id_to_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_stock_transfer_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_stock_transfer'))
    )
    with op.batch_alter_table('stock_transfer', schema=None) as batch_op:
        batch_op.create_index('ix_stock_transfer_listed', ['merchant_id', 'created_at', 'id'], unique=False)

    op.create_table('stock_allocation',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.String(length=40), nullable=False),
    sa.Column('variant_id', sa.String(length=40), nullable=False),
    sa.Column('location_id', sa.String(length=40), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_stock_allocation_quantity_positive')),
    sa.ForeignKeyConstraint(['merchant_id', 'location_id'], ['location.merchant_id', 'location.id'], name=op.f('fk_stock_allocation_merchant_id_location_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'variant_id'], ['variant.merchant_id', 'variant.id'], name=op.f('fk_stock_allocation_merchant_id_variant_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_stock_allocation_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_stock_allocation'))
    )
    with op.batch_alter_table('stock_allocation', schema=None) as batch_op:
        batch_op.create_index('ix_stock_allocation_location', ['merchant_id', 'location_id', 'state', 'created_at'], unique=False)
        batch_op.create_index('ix_stock_allocation_order', ['merchant_id', 'order_id'], unique=False)

    op.create_table('stock_count_line',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('count_id', sa.String(length=40), nullable=False),
    sa.Column('variant_id', sa.String(length=40), nullable=False),
    sa.Column('expected', sa.BigInteger(), nullable=True),
    sa.Column('counted', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id', 'count_id'], ['stock_count.merchant_id', 'stock_count.id'], name=op.f('fk_stock_count_line_merchant_id_count_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'variant_id'], ['variant.merchant_id', 'variant.id'], name=op.f('fk_stock_count_line_merchant_id_variant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'count_id', 'variant_id', name=op.f('pk_stock_count_line'))
    )
    op.create_table('stock_level',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('variant_id', sa.String(length=40), nullable=False),
    sa.Column('location_id', sa.String(length=40), nullable=False),
    sa.Column('on_hand', sa.BigInteger(), nullable=False),
    sa.Column('allocated', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('allocated >= 0', name=op.f('ck_stock_level_allocated_not_negative')),
    sa.CheckConstraint('on_hand >= allocated', name=op.f('ck_stock_level_not_overallocated')),
    sa.ForeignKeyConstraint(['merchant_id', 'location_id'], ['location.merchant_id', 'location.id'], name=op.f('fk_stock_level_merchant_id_location_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'variant_id'], ['variant.merchant_id', 'variant.id'], name=op.f('fk_stock_level_merchant_id_variant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'variant_id', 'location_id', name=op.f('pk_stock_level'))
    )
    with op.batch_alter_table('stock_level', schema=None) as batch_op:
        batch_op.create_index('ix_stock_level_location', ['merchant_id', 'location_id', 'variant_id'], unique=False)

    op.create_table('stock_transfer_line',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('transfer_id', sa.String(length=40), nullable=False),
    sa.Column('variant_id', sa.String(length=40), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('received', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_stock_transfer_line_quantity_positive')),
    sa.ForeignKeyConstraint(['merchant_id', 'transfer_id'], ['stock_transfer.merchant_id', 'stock_transfer.id'], name=op.f('fk_stock_transfer_line_merchant_id_transfer_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'variant_id'], ['variant.merchant_id', 'variant.id'], name=op.f('fk_stock_transfer_line_merchant_id_variant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'transfer_id', 'variant_id', name=op.f('pk_stock_transfer_line'))
    )
    with op.batch_alter_table('stock', schema=None) as batch_op:
        batch_op.add_column(sa.Column('low_at', sa.BigInteger(), nullable=True))

    with op.batch_alter_table('stock_movement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('location_id', sa.String(length=40), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_stock_movement_merchant_id_location_id'), 'location', ['merchant_id', 'location_id'], ['merchant_id', 'id'])


def downgrade() -> None:
    with op.batch_alter_table('stock_movement', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_stock_movement_merchant_id_location_id'), type_='foreignkey')
        batch_op.drop_column('location_id')

    with op.batch_alter_table('stock', schema=None) as batch_op:
        batch_op.drop_column('low_at')

    op.drop_table('stock_transfer_line')
    with op.batch_alter_table('stock_level', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_level_location')

    op.drop_table('stock_level')
    op.drop_table('stock_count_line')
    with op.batch_alter_table('stock_allocation', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_allocation_order')
        batch_op.drop_index('ix_stock_allocation_location')

    op.drop_table('stock_allocation')
    with op.batch_alter_table('stock_transfer', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_transfer_listed')

    op.drop_table('stock_transfer')
    with op.batch_alter_table('stock_count', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_count_listed')

    op.drop_table('stock_count')
    op.drop_table('location')
