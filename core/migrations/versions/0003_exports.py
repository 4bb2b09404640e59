"""exports"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('export_file',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('list_name', sa.String(length=80), nullable=False),
    sa.Column('format', sa.String(length=10), nullable=False),
    sa.Column('filters', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('file_name', sa.String(length=160), nullable=False),
    sa.Column('task_id', sa.String(length=40), nullable=False),
    sa.Column('rows', sa.BigInteger(), nullable=False),
    sa.Column('bytes', sa.BigInteger(), nullable=False),
    sa.Column('ready', sa.Boolean(), nullable=False),
    sa.Column('created_by', sa.String(length=40), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_export_file_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_export_file'))
    )
    with op.batch_alter_table('export_file', schema=None) as batch_op:
        batch_op.create_index('ix_export_file_expires', ['expires_at'], unique=False)
        batch_op.create_index('ix_export_file_listed', ['merchant_id', 'created_at', 'id'], unique=False)

    op.create_table('export_part',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('export_id', sa.String(length=40), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id', 'export_id'], ['export_file.merchant_id', 'export_file.id'], name=op.f('fk_export_part_merchant_id_export_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'export_id', 'number', name=op.f('pk_export_part'))
    )


def downgrade() -> None:
    op.drop_table('export_part')
    with op.batch_alter_table('export_file', schema=None) as batch_op:
        batch_op.drop_index('ix_export_file_listed')
        batch_op.drop_index('ix_export_file_expires')

    op.drop_table('export_file')
