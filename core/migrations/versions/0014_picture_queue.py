"""picture_queue"""

import sqlalchemy as sa
from alembic import op


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('product_image', schema=None) as batch_op:
        batch_op.create_index('ix_product_image_waiting', ['fetch_attempts', 'merchant_id', 'id'], unique=False, sqlite_where=sa.text('asset_hash IS NULL'), postgresql_where=sa.text('asset_hash IS NULL'))


def downgrade() -> None:
    with op.batch_alter_table('product_image', schema=None) as batch_op:
        batch_op.drop_index('ix_product_image_waiting', sqlite_where=sa.text('asset_hash IS NULL'), postgresql_where=sa.text('asset_hash IS NULL'))

