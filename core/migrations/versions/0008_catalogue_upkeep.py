"""catalogue_upkeep"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bulk_edit',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('change', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('task_id', sa.String(length=40), nullable=True),
    sa.Column('created_by', sa.String(length=40), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_bulk_edit_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'id', name=op.f('pk_bulk_edit'))
    )
    with op.batch_alter_table('bulk_edit', schema=None) as batch_op:
        batch_op.create_index('ix_bulk_edit_listed', ['merchant_id', 'created_at', 'id'], unique=False)

    op.create_table('bulk_edit_row',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('edit_id', sa.String(length=40), nullable=False),
    sa.Column('product_id', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('before', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id', 'edit_id'], ['bulk_edit.merchant_id', 'bulk_edit.id'], name=op.f('fk_bulk_edit_row_merchant_id_edit_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'product_id'], ['product.merchant_id', 'product.id'], name=op.f('fk_bulk_edit_row_merchant_id_product_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'edit_id', 'product_id', name=op.f('pk_bulk_edit_row'))
    )
    with op.batch_alter_table('bulk_edit_row', schema=None) as batch_op:
        batch_op.create_index('ix_bulk_edit_row_state', ['merchant_id', 'edit_id', 'state', 'product_id'], unique=False)

    op.create_table('old_slug',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('slug', sa.String(length=160), nullable=False),
    sa.Column('product_id', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id', 'product_id'], ['product.merchant_id', 'product.id'], name=op.f('fk_old_slug_merchant_id_product_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'slug', name=op.f('pk_old_slug'))
    )
    with op.batch_alter_table('old_slug', schema=None) as batch_op:
        batch_op.create_index('ix_old_slug_product', ['merchant_id', 'product_id'], unique=False)

    op.create_table('product_relation',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('product_id', sa.String(length=40), nullable=False),
    sa.Column('related_id', sa.String(length=40), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id', 'product_id'], ['product.merchant_id', 'product.id'], name=op.f('fk_product_relation_merchant_id_product_id')),
    sa.ForeignKeyConstraint(['merchant_id', 'related_id'], ['product.merchant_id', 'product.id'], name=op.f('fk_product_relation_merchant_id_related_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'product_id', 'related_id', name=op.f('pk_product_relation'))
    )
    op.create_table('product_tag',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('product_id', sa.String(length=40), nullable=False),
    sa.Column('tag', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id', 'product_id'], ['product.merchant_id', 'product.id'], name=op.f('fk_product_tag_merchant_id_product_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'product_id', 'tag', name=op.f('pk_product_tag'))
    )
    with op.batch_alter_table('product_tag', schema=None) as batch_op:
        batch_op.create_index('ix_product_tag_tag', ['merchant_id', 'tag', 'product_id'], unique=False)

    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.add_column(sa.Column('archived', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('product_image', schema=None) as batch_op:
        batch_op.add_column(sa.Column('focus_x', sa.BigInteger(), server_default=sa.text('(50)'), nullable=False))
        batch_op.add_column(sa.Column('focus_y', sa.BigInteger(), server_default=sa.text('(50)'), nullable=False))
        batch_op.add_column(sa.Column('fetch_attempts', sa.BigInteger(), server_default=sa.text('0'), nullable=False))
        batch_op.add_column(sa.Column('fetch_error', sa.String(length=200), server_default='', nullable=False))


    if op.get_bind().dialect.name == 'postgresql':
        op.execute("INSERT INTO product_tag (merchant_id, product_id, tag) SELECT DISTINCT p.merchant_id, p.id, left(t.value, 255) FROM product p, jsonb_array_elements_text(p.tags) AS t(value)")
    else:
        op.execute("INSERT INTO product_tag (merchant_id, product_id, tag) SELECT DISTINCT p.merchant_id, p.id, substr(t.value, 1, 255) FROM product p, json_each(p.tags) AS t")


def downgrade() -> None:
    with op.batch_alter_table('product_image', schema=None) as batch_op:
        batch_op.drop_column('fetch_error')
        batch_op.drop_column('fetch_attempts')
        batch_op.drop_column('focus_y')
        batch_op.drop_column('focus_x')

    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.drop_column('archived')

    with op.batch_alter_table('product_tag', schema=None) as batch_op:
        batch_op.drop_index('ix_product_tag_tag')

    op.drop_table('product_tag')
    op.drop_table('product_relation')
    with op.batch_alter_table('old_slug', schema=None) as batch_op:
        batch_op.drop_index('ix_old_slug_product')

    op.drop_table('old_slug')
    with op.batch_alter_table('bulk_edit_row', schema=None) as batch_op:
        batch_op.drop_index('ix_bulk_edit_row_state')

    op.drop_table('bulk_edit_row')
    with op.batch_alter_table('bulk_edit', schema=None) as batch_op:
        batch_op.drop_index('ix_bulk_edit_listed')

    op.drop_table('bulk_edit')
