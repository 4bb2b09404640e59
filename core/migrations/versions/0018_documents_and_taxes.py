"""documents and taxes"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.base.ddl import append_only_statements

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('document_counter',
    sa.Column('issuer', sa.String(length=40), nullable=False),
    sa.Column('series', sa.String(length=12), nullable=False),
    sa.Column('year', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('last', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('issuer', 'series', 'year', name=op.f('pk_document_counter'))
    )
    op.create_table('tax_category',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_tax_category_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_tax_category')),
    sa.UniqueConstraint('merchant_id', 'name', name=op.f('uq_tax_category_merchant_id_name'))
    )
    op.create_table('tax_exemption',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('customer_id', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('tax_id', sa.String(length=60), server_default='', nullable=False),
    sa.Column('created_by', sa.String(length=40), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id', 'customer_id'], ['customer.merchant_id', 'customer.id'], name=op.f('fk_tax_exemption_merchant_id_customer_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_tax_exemption_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_tax_exemption')),
    sa.UniqueConstraint('merchant_id', 'customer_id', name=op.f('uq_tax_exemption_merchant_id_customer_id'))
    )
    op.create_table('tax_rate',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('category_id', sa.String(length=40), nullable=True),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('region', sa.String(length=200), nullable=False),
    sa.Column('postal_prefix', sa.String(length=12), nullable=False),
    sa.Column('rate_ppm', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('rate_ppm >= 0 AND rate_ppm <= 1000000', name=op.f('ck_tax_rate_rate_range')),
    sa.ForeignKeyConstraint(['merchant_id', 'category_id'], ['tax_category.merchant_id', 'tax_category.id'], name=op.f('fk_tax_rate_merchant_id_category_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_tax_rate_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_tax_rate'))
    )
    with op.batch_alter_table('tax_rate', schema=None) as batch_op:
        batch_op.create_index('uq_tax_rate_category_place', ['merchant_id', 'category_id', 'country', 'region', 'postal_prefix'], unique=True, sqlite_where=sa.text('category_id IS NOT NULL'), postgresql_where=sa.text('category_id IS NOT NULL'))
        batch_op.create_index('uq_tax_rate_place', ['merchant_id', 'country', 'region', 'postal_prefix'], unique=True, sqlite_where=sa.text('category_id IS NULL'), postgresql_where=sa.text('category_id IS NULL'))

    op.create_table('invoice',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('issuer', sa.String(length=40), nullable=False),
    sa.Column('series', sa.String(length=12), nullable=False),
    sa.Column('year', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.String(length=40), nullable=True),
    sa.Column('order_code', sa.String(length=16), nullable=False),
    sa.Column('corrects_id', sa.String(length=40), nullable=True),
    sa.Column('refund_id', sa.String(length=40), nullable=True),
    sa.Column('period', sa.String(length=7), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('buyer_name', sa.String(length=200), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('content', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("series = 'fee' OR total_minor > 0", name=op.f('ck_invoice_total_positive')),
    sa.CheckConstraint("series IN ('invoice', 'credit_note', 'fee')", name=op.f('ck_invoice_series_known')),
    sa.CheckConstraint('number > 0', name=op.f('ck_invoice_number_positive')),
    sa.ForeignKeyConstraint(['merchant_id', 'corrects_id'], ['invoice.merchant_id', 'invoice.id'], name=op.f('fk_invoice_merchant_id_corrects_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'order_id'], ['orders.merchant_id', 'orders.id'], name=op.f('fk_invoice_merchant_id_order_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_invoice_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_invoice')),
    sa.UniqueConstraint('merchant_id', 'issuer', 'series', 'year', 'number', name='uq_invoice_number')
    )
    with op.batch_alter_table('invoice', schema=None) as batch_op:
        batch_op.create_index('ix_invoice_code', ['merchant_id', 'code'], unique=False)
        batch_op.create_index('ix_invoice_corrects', ['merchant_id', 'corrects_id'], unique=False)
        batch_op.create_index('ix_invoice_listed', ['merchant_id', 'issuer', 'issued_at', 'id'], unique=False)
        batch_op.create_index('uq_invoice_order', ['merchant_id', 'order_id'], unique=True, sqlite_where=sa.text("series = 'invoice'"), postgresql_where=sa.text("series = 'invoice'"))
        batch_op.create_index('uq_invoice_period', ['merchant_id', 'period', 'currency'], unique=True, sqlite_where=sa.text("series = 'fee'"), postgresql_where=sa.text("series = 'fee'"))
        batch_op.create_index('uq_invoice_platform_number', ['series', 'year', 'number'], unique=True, sqlite_where=sa.text("issuer = 'platform'"), postgresql_where=sa.text("issuer = 'platform'"))
        batch_op.create_index('uq_invoice_refund', ['merchant_id', 'refund_id'], unique=True)

    op.create_table('invoice_tax',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('invoice_id', sa.String(length=40), nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('rate_ppm', sa.BigInteger(), nullable=False),
    sa.Column('base_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id', 'invoice_id'], ['invoice.merchant_id', 'invoice.id'], name=op.f('fk_invoice_tax_merchant_id_invoice_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_invoice_tax_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'invoice_id', 'position', name=op.f('pk_invoice_tax'))
    )
    with op.batch_alter_table('order_charge', schema=None) as batch_op:
        batch_op.add_column(sa.Column('tax_ppm', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('tax_name', sa.String(length=40), server_default='', nullable=False))

    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('tax_ppm', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('tax_name', sa.String(length=40), server_default='', nullable=False))

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('tax_note', sa.String(length=300), server_default='', nullable=False))

    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.add_column(sa.Column('tax_category_id', sa.String(length=40), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_product_merchant_id_tax_category_id'), 'tax_category', ['merchant_id', 'tax_category_id'], ['merchant_id', 'id'])

    # Until now a shop had one rate.
    for table in ('order_line', 'order_charge'):
        op.execute(
            f"UPDATE {table} SET tax_ppm = (SELECT shop.tax_ppm FROM shop WHERE shop.merchant_id = {table}.merchant_id)"
            " WHERE tax_minor <> 0"
        )
    why = 'an issued paper never changes: correct it by a credit note'
    for table in ('invoice', 'invoice_tax'):
        for statement in append_only_statements(op.get_bind().dialect.name, table, why):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_product_merchant_id_tax_category_id'), type_='foreignkey')
        batch_op.drop_column('tax_category_id')

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_column('tax_note')

    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.drop_column('tax_name')
        batch_op.drop_column('tax_ppm')

    with op.batch_alter_table('order_charge', schema=None) as batch_op:
        batch_op.drop_column('tax_name')
        batch_op.drop_column('tax_ppm')

    op.drop_table('invoice_tax')
    with op.batch_alter_table('invoice', schema=None) as batch_op:
        batch_op.drop_index('uq_invoice_refund')
        batch_op.drop_index('uq_invoice_platform_number', sqlite_where=sa.text("issuer = 'platform'"), postgresql_where=sa.text("issuer = 'platform'"))
        batch_op.drop_index('uq_invoice_period', sqlite_where=sa.text("series = 'fee'"), postgresql_where=sa.text("series = 'fee'"))
        batch_op.drop_index('uq_invoice_order', sqlite_where=sa.text("series = 'invoice'"), postgresql_where=sa.text("series = 'invoice'"))
        batch_op.drop_index('ix_invoice_listed')
        batch_op.drop_index('ix_invoice_corrects')
        batch_op.drop_index('ix_invoice_code')

    op.drop_table('invoice')
    with op.batch_alter_table('tax_rate', schema=None) as batch_op:
        batch_op.drop_index('uq_tax_rate_place', sqlite_where=sa.text('category_id IS NULL'), postgresql_where=sa.text('category_id IS NULL'))
        batch_op.drop_index('uq_tax_rate_category_place', sqlite_where=sa.text('category_id IS NOT NULL'), postgresql_where=sa.text('category_id IS NOT NULL'))

    op.drop_table('tax_rate')
    op.drop_table('tax_exemption')
    op.drop_table('tax_category')
    op.drop_table('document_counter')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION invoice_refuse_change()')
        op.execute('DROP FUNCTION invoice_tax_refuse_change()')
