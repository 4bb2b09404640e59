"""gift cards as goods"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('cart_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('own_price_minor', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('gift', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('gift_key', sa.String(length=40), server_default='', nullable=False))
        batch_op.drop_constraint(batch_op.f('uq_cart_line_merchant_id_cart_id_variant_id'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_cart_line_merchant_id_cart_id_variant_id_gift_key'), ['merchant_id', 'cart_id', 'variant_id', 'gift_key'])
        batch_op.create_check_constraint(batch_op.f('ck_cart_line_own_price_positive'), 'own_price_minor > 0')

    with op.batch_alter_table('gift_card', schema=None) as batch_op:
        batch_op.add_column(sa.Column('order_id', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('order_line_id', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('piece', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('recipient', sa.String(length=120), server_default='', nullable=False))
        batch_op.add_column(sa.Column('sender', sa.String(length=120), server_default='', nullable=False))
        batch_op.add_column(sa.Column('message', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('locale', sa.String(length=10), server_default='en', nullable=False))
        batch_op.add_column(sa.Column('send_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('returned_minor', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.create_index('ix_gift_card_order', ['merchant_id', 'order_id'], unique=False)
        batch_op.create_index('ix_gift_card_waiting', ['send_at'], unique=False, sqlite_where=sa.text('delivered_at IS NULL'), postgresql_where=sa.text('delivered_at IS NULL'))
        batch_op.create_unique_constraint(batch_op.f('uq_gift_card_merchant_id_order_line_id_piece'), ['merchant_id', 'order_line_id', 'piece'])
        batch_op.drop_constraint(batch_op.f('ck_gift_card_state_known'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_gift_card_state_known'), "state IN ('active', 'disabled', 'expired', 'returned')")
        batch_op.create_check_constraint(batch_op.f('ck_gift_card_returned_within_initial'), 'returned_minor >= 0 AND returned_minor <= initial_minor')

    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=12), server_default='goods', nullable=False))
        batch_op.add_column(sa.Column('gift', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False))

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cards_minor', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('cards_back_minor', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.create_check_constraint(batch_op.f('ck_orders_cards_within_total'), 'cards_back_minor >= 0 AND cards_back_minor <= cards_minor AND cards_minor <= total_minor')

    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=12), server_default='goods', nullable=False))
        batch_op.add_column(sa.Column('gift', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False))
        batch_op.create_check_constraint(batch_op.f('ck_product_kind_known'), "kind IN ('goods', 'gift_card')")

    with op.batch_alter_table('refund', schema=None) as batch_op:
        batch_op.add_column(sa.Column('gift_card_id', sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('refund', schema=None) as batch_op:
        batch_op.drop_column('gift_card_id')

    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_product_kind_known'), type_='check')
        batch_op.drop_column('gift')
        batch_op.drop_column('kind')

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_orders_cards_within_total'), type_='check')
        batch_op.drop_column('cards_back_minor')
        batch_op.drop_column('cards_minor')

    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.drop_column('gift')
        batch_op.drop_column('kind')

    with op.batch_alter_table('gift_card', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_gift_card_returned_within_initial'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_gift_card_state_known'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_gift_card_state_known'), "state IN ('active', 'disabled', 'expired')")
        batch_op.drop_constraint(batch_op.f('uq_gift_card_merchant_id_order_line_id_piece'), type_='unique')
        batch_op.drop_index('ix_gift_card_waiting', sqlite_where=sa.text('delivered_at IS NULL'), postgresql_where=sa.text('delivered_at IS NULL'))
        batch_op.drop_index('ix_gift_card_order')
        batch_op.drop_column('returned_minor')
        batch_op.drop_column('delivered_at')
        batch_op.drop_column('send_at')
        batch_op.drop_column('locale')
        batch_op.drop_column('message')
        batch_op.drop_column('sender')
        batch_op.drop_column('recipient')
        batch_op.drop_column('piece')
        batch_op.drop_column('order_line_id')
        batch_op.drop_column('order_id')

    with op.batch_alter_table('cart_line', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_cart_line_merchant_id_cart_id_variant_id_gift_key'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_cart_line_merchant_id_cart_id_variant_id'), ['merchant_id', 'cart_id', 'variant_id'])
        batch_op.drop_constraint(batch_op.f('ck_cart_line_own_price_positive'), type_='check')
        batch_op.drop_column('gift_key')
        batch_op.drop_column('gift')
        batch_op.drop_column('own_price_minor')

