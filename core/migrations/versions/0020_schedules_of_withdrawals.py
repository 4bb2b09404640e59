"""schedules of withdrawals"""

import sqlalchemy as sa
from alembic import op


revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('payout_schedule',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('bank_account_id', sa.String(length=40), nullable=False),
    sa.Column('every', sa.String(length=10), nullable=False),
    sa.Column('least_minor', sa.BigInteger(), nullable=False),
    sa.Column('keep_minor', sa.BigInteger(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('stopped_because', sa.String(length=300), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('set_by', sa.String(length=40), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('least_minor > 0 AND keep_minor >= 0', name=op.f('ck_payout_schedule_amounts')),
    sa.ForeignKeyConstraint(['merchant_id', 'bank_account_id'], ['bank_account.merchant_id', 'bank_account.id'], name=op.f('fk_payout_schedule_merchant_id_bank_account_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_payout_schedule_merchant_id')),
    sa.ForeignKeyConstraint(['set_by'], ['person.id'], name=op.f('fk_payout_schedule_set_by')),
    sa.PrimaryKeyConstraint('merchant_id', name=op.f('pk_payout_schedule'))
    )
    op.create_index('ix_payout_schedule_due', 'payout_schedule', ['active', 'next_at'], unique=False)
    with op.batch_alter_table('bank_account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_primary', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.create_index('uq_bank_account_primary', 'bank_account', ['merchant_id'], unique=True, sqlite_where=sa.text('is_primary'), postgresql_where=sa.text('is_primary'))


def downgrade() -> None:
    op.drop_index('uq_bank_account_primary', table_name='bank_account')
    with op.batch_alter_table('bank_account', schema=None) as batch_op:
        batch_op.drop_column('is_primary')
    op.drop_index('ix_payout_schedule_due', table_name='payout_schedule')
    op.drop_table('payout_schedule')
