"""site"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('site_page',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('slug', sa.String(length=120), nullable=False),
    sa.Column('titles', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('shown', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_site_page_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_site_page')),
    sa.UniqueConstraint('merchant_id', 'slug', name=op.f('uq_site_page_merchant_id_slug'))
    )
    op.create_table('site_redirect',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('path', sa.String(length=300), nullable=False),
    sa.Column('target', sa.String(length=500), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_site_redirect_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'path', name=op.f('pk_site_redirect'))
    )
    op.create_table('site_subscriber',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('agreed_to', sa.String(length=300), nullable=False),
    sa.Column('agreed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_site_subscriber_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_site_subscriber')),
    sa.UniqueConstraint('merchant_id', 'email', name=op.f('uq_site_subscriber_merchant_id_email'))
    )
    op.create_table('site_version',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('content', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=40), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('publish_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_site_version_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'subject', 'number', name=op.f('pk_site_version'))
    )
    with op.batch_alter_table('site_version', schema=None) as batch_op:
        batch_op.create_index('ix_site_version_due', ['publish_at'], unique=False, sqlite_where=sa.text('publish_at IS NOT NULL'), postgresql_where=sa.text('publish_at IS NOT NULL'))
        batch_op.create_index('uq_site_version_draft', ['merchant_id', 'subject'], unique=True, sqlite_where=sa.text('published_at IS NULL'), postgresql_where=sa.text('published_at IS NULL'))
        batch_op.create_index('uq_site_version_live', ['merchant_id', 'subject'], unique=True, sqlite_where=sa.text('live'), postgresql_where=sa.text('live'))

    with op.batch_alter_table('shop', schema=None) as batch_op:
        batch_op.add_column(sa.Column('options', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('shop', schema=None) as batch_op:
        batch_op.drop_column('options')

    with op.batch_alter_table('site_version', schema=None) as batch_op:
        batch_op.drop_index('uq_site_version_live', sqlite_where=sa.text('live'), postgresql_where=sa.text('live'))
        batch_op.drop_index('uq_site_version_draft', sqlite_where=sa.text('published_at IS NULL'), postgresql_where=sa.text('published_at IS NULL'))
        batch_op.drop_index('ix_site_version_due', sqlite_where=sa.text('publish_at IS NOT NULL'), postgresql_where=sa.text('publish_at IS NOT NULL'))

    op.drop_table('site_version')
    op.drop_table('site_subscriber')
    op.drop_table('site_redirect')
    op.drop_table('site_page')
