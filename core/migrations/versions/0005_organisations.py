"""organisations"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('organisation',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('merchant', 'funder', 'borrower', 'investor', 'intermediary', 'platform')", name=op.f('ck_organisation_kind_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisation'))
    )
    with op.batch_alter_table('organisation', schema=None) as batch_op:
        batch_op.create_index('ix_organisation_kind', ['kind', 'name'], unique=False)

    op.create_table('organisation_role',
    sa.Column('organisation_id', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('label', sa.String(length=60), nullable=False),
    sa.Column('permissions', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_organisation_role_organisation_id')),
    sa.PrimaryKeyConstraint('organisation_id', 'id', name=op.f('pk_organisation_role')),
    sa.UniqueConstraint('organisation_id', 'label', name=op.f('uq_organisation_role_organisation_id_label'))
    )
    with op.batch_alter_table('customer', schema=None) as batch_op:
        batch_op.add_column(sa.Column('person_id', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('linked_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_customer_person_id'), ['person_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_customer_person_id'), 'person', ['person_id'], ['id'])

    op.execute(
        "INSERT INTO organisation (id, kind, name, country, created_at) "
        "SELECT id, 'merchant', name, '', created_at FROM merchant"
    )
    _refer('member_session', 'merchant', 'organisation')
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_membership_merchant'))
        batch_op.alter_column('role', existing_type=sa.VARCHAR(length=20), type_=sa.String(length=40),
               existing_nullable=False)
    _refer('membership', 'merchant', 'organisation')
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index('ix_membership_organisation', ['organisation_id'], unique=False)


def _refer(table: str, old: str, new: str) -> None:
    """Rename `<old>_id` to `<new>_id`, which refers to the table of that name from now on."""
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(f'fk_{table}_{old}_id'), type_='foreignkey')
    with op.batch_alter_table(table) as batch_op:
        batch_op.alter_column(f'{old}_id', new_column_name=f'{new}_id', existing_type=sa.String(length=40))
    with op.batch_alter_table(table) as batch_op:
        batch_op.create_foreign_key(op.f(f'fk_{table}_{new}_id'), new, [f'{new}_id'], ['id'])


def downgrade() -> None:
    for table in ('member_session', 'membership'):
        op.execute(f"DELETE FROM {table} WHERE organisation_id NOT IN (SELECT id FROM merchant)")  # noqa: S608 - names
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.drop_index('ix_membership_organisation')
        batch_op.alter_column('role', existing_type=sa.String(length=40), type_=sa.VARCHAR(length=20),
               existing_nullable=False)
    _refer('membership', 'organisation', 'merchant')
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_merchant'), ['merchant_id'], unique=False)
    _refer('member_session', 'organisation', 'merchant')

    with op.batch_alter_table('customer', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_customer_person_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_customer_person_id'))
        batch_op.drop_column('linked_at')
        batch_op.drop_column('person_id')

    op.drop_table('organisation_role')
    with op.batch_alter_table('organisation', schema=None) as batch_op:
        batch_op.drop_index('ix_organisation_kind')

    op.drop_table('organisation')
