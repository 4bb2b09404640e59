"""search over everything"""

from alembic import op


revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

PLAIN = (
    ('ix_orders_code', 'orders', 'code'),
    ('ix_payment_external', 'payment', 'external_id'),
    ('ix_payout_external', 'payout', 'external_id'),
    ('ix_variant_sku', 'variant', 'sku'),
)
BEGINS = (
    ('ix_customer_email', 'customer', 'email'),
    ('ix_person_email_begins', 'person', 'email'),
    ('ix_product_name', 'product', 'name'),
)


def upgrade() -> None:
    for name, table, column in PLAIN:
        op.create_index(name, table, [column], unique=False)
    for name, table, column in BEGINS:
        op.create_index(name, table, [column], unique=False, postgresql_ops={column: 'varchar_pattern_ops'})


def downgrade() -> None:
    for name, table, _column in (*BEGINS, *PLAIN):
        op.drop_index(name, table_name=table)
