"""order list"""

import sqlalchemy as sa
from alembic import op


revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('saved_view',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('list_name', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('query', sa.String(length=500), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_saved_view_merchant_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_saved_view_person_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_saved_view'))
    )
    with op.batch_alter_table('saved_view', schema=None) as batch_op:
        batch_op.create_index('ix_saved_view_list', ['merchant_id', 'list_name'], unique=False)

    op.create_table('order_term',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('term', sa.String(length=80), nullable=False),
    sa.Column('order_id', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id', 'order_id'], ['orders.merchant_id', 'orders.id'], name=op.f('fk_order_term_merchant_id_order_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_order_term_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'term', 'order_id', name=op.f('pk_order_term'))
    )
    with op.batch_alter_table('order_term', schema=None) as batch_op:
        batch_op.create_index('ix_order_term_order', ['merchant_id', 'order_id'], unique=False)

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_orders_state'))
        batch_op.create_index('ix_orders_state', ['merchant_id', 'state', 'id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_index('ix_orders_state')
        batch_op.create_index(batch_op.f('ix_orders_state'), ['merchant_id', 'state', 'placed_at'], unique=False)

    with op.batch_alter_table('order_term', schema=None) as batch_op:
        batch_op.drop_index('ix_order_term_order')

    op.drop_table('order_term')
    with op.batch_alter_table('saved_view', schema=None) as batch_op:
        batch_op.drop_index('ix_saved_view_list')

    op.drop_table('saved_view')
