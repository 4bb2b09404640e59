"""figures"""

import sqlalchemy as sa
from alembic import op


revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ('daily_figure', 'daily_visit'):
        extra = [sa.Column('amount_minor', sa.BigInteger(), nullable=False)] if table == 'daily_figure' else []
        op.create_table(table,
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('kind', sa.String(length=10), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('count', sa.BigInteger(), nullable=False),
        *extra,
        sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f(f'fk_{table}_merchant_id')),
        sa.PrimaryKeyConstraint('merchant_id', 'kind', 'day', 'name', name=op.f(f'pk_{table}'))
        )
    op.create_table('figure_mark',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_figure_mark_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', name=op.f('pk_figure_mark'))
    )
    op.create_index('ix_orders_paid', 'orders', ['merchant_id', 'paid_at'], unique=False)
    op.create_index('ix_refund_settled', 'refund', ['merchant_id', 'settled_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_refund_settled', table_name='refund')
    op.drop_index('ix_orders_paid', table_name='orders')
    op.drop_table('figure_mark')
    op.drop_table('daily_visit')
    op.drop_table('daily_figure')
