"""plugin health"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('plugin_calls',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('plugin_id', sa.String(length=40), nullable=False),
    sa.Column('call', sa.String(length=80), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ok', sa.BigInteger(), nullable=False),
    sa.Column('refused', sa.BigInteger(), nullable=False),
    sa.Column('lost', sa.BigInteger(), nullable=False),
    sa.Column('fault', sa.BigInteger(), nullable=False),
    sa.Column('timeout', sa.BigInteger(), nullable=False),
    sa.Column('buckets', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('message', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('merchant_id', 'plugin_id', 'call', 'began_at', name=op.f('pk_plugin_calls'))
    )
    with op.batch_alter_table('plugin_calls', schema=None) as batch_op:
        batch_op.create_index('ix_plugin_calls_old', ['began_at'], unique=False)
        batch_op.create_index('ix_plugin_calls_plugin', ['plugin_id', 'began_at'], unique=False)

    op.create_table('plugin_circuit',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('plugin_id', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened', sa.BigInteger(), nullable=False),
    sa.Column('message', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('merchant_id', 'plugin_id', name=op.f('pk_plugin_circuit'))
    )
    with op.batch_alter_table('plugin_circuit', schema=None) as batch_op:
        batch_op.create_index('ix_plugin_circuit_state', ['state', 'plugin_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('plugin_circuit', schema=None) as batch_op:
        batch_op.drop_index('ix_plugin_circuit_state')

    op.drop_table('plugin_circuit')
    with op.batch_alter_table('plugin_calls', schema=None) as batch_op:
        batch_op.drop_index('ix_plugin_calls_plugin')
        batch_op.drop_index('ix_plugin_calls_old')

    op.drop_table('plugin_calls')
