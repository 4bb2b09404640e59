"""bank requests, notices and statements"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('payment_bank_line',
    sa.Column('connection', sa.String(length=40), nullable=False),
    sa.Column('transfer_id', sa.String(length=64), nullable=False),
    sa.Column('merchant_id', sa.String(length=40), nullable=True),
    sa.Column('line', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('counter_account', sa.String(length=200), nullable=False),
    sa.Column('counter_name', sa.String(length=200), nullable=False),
    sa.Column('booked_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('connection', 'transfer_id', name=op.f('pk_payment_bank_line')),
    sa.UniqueConstraint('connection', 'line', name=op.f('uq_payment_bank_line_connection_line'))
    )
    with op.batch_alter_table('payment_bank_line', schema=None) as batch_op:
        batch_op.create_index('ix_payment_bank_line_merchant', ['merchant_id', 'booked_at'], unique=False)
        batch_op.create_index('ix_payment_bank_line_reference', ['merchant_id', 'reference'], unique=False)

    op.create_table('payment_bank_nonce',
    sa.Column('key_id', sa.String(length=80), nullable=False),
    sa.Column('nonce', sa.String(length=64), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key_id', 'nonce', name=op.f('pk_payment_bank_nonce'))
    )
    with op.batch_alter_table('payment_bank_nonce', schema=None) as batch_op:
        batch_op.create_index('ix_payment_bank_nonce_until', ['until'], unique=False)

    op.create_table('payment_bank_statement',
    sa.Column('connection', sa.String(length=40), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('line', sa.BigInteger(), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('connection', name=op.f('pk_payment_bank_statement'))
    )
    op.create_table('payment_bank_notice',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('type', sa.String(length=40), nullable=False),
    sa.Column('reference', sa.String(length=64), nullable=True),
    sa.Column('body', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('key_id', sa.String(length=80), nullable=False),
    sa.Column('verdict', sa.String(length=20), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('deliveries', sa.BigInteger(), nullable=False),
    sa.Column('attempts', sa.BigInteger(), nullable=False),
    sa.Column('try_again_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_payment_bank_notice_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_payment_bank_notice'))
    )
    with op.batch_alter_table('payment_bank_notice', schema=None) as batch_op:
        batch_op.create_index('ix_payment_bank_notice_due', ['try_again_at'], unique=False)
        batch_op.create_index('ix_payment_bank_notice_listed', ['merchant_id', 'received_at'], unique=False)

    op.create_table('payment_bank_request',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('connection', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('of_reference', sa.String(length=64), nullable=True),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('terms', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('withdrawn', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_payment_bank_request_amount_positive')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_payment_bank_request_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_payment_bank_request')),
    sa.UniqueConstraint('connection', 'id', name=op.f('uq_payment_bank_request_connection_id'))
    )
    with op.batch_alter_table('payment_bank_request', schema=None) as batch_op:
        batch_op.create_index('ix_payment_bank_request_listed', ['merchant_id', 'created_at'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('payment_bank_request', schema=None) as batch_op:
        batch_op.drop_index('ix_payment_bank_request_listed')

    op.drop_table('payment_bank_request')
    with op.batch_alter_table('payment_bank_notice', schema=None) as batch_op:
        batch_op.drop_index('ix_payment_bank_notice_listed')
        batch_op.drop_index('ix_payment_bank_notice_due')

    op.drop_table('payment_bank_notice')
    op.drop_table('payment_bank_statement')
    with op.batch_alter_table('payment_bank_nonce', schema=None) as batch_op:
        batch_op.drop_index('ix_payment_bank_nonce_until')

    op.drop_table('payment_bank_nonce')
    with op.batch_alter_table('payment_bank_line', schema=None) as batch_op:
        batch_op.drop_index('ix_payment_bank_line_reference')
        batch_op.drop_index('ix_payment_bank_line_merchant')

    op.drop_table('payment_bank_line')
