"""verification and personal data"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('data_package',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('subject_kind', sa.String(length=10), nullable=False),
    sa.Column('subject_id', sa.String(length=40), nullable=False),
    sa.Column('merchant_id', sa.String(length=40), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('content_encrypted', sa.LargeBinary(), nullable=True),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ready_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('making', 'ready', 'failed')", name=op.f('ck_data_package_state_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_data_package'))
    )
    with op.batch_alter_table('data_package', schema=None) as batch_op:
        batch_op.create_index('ix_data_package_expires', ['expires_at'], unique=False)
        batch_op.create_index('ix_data_package_subject', ['subject_id', 'requested_at'], unique=False)

    op.create_table('erasure',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('subject_kind', sa.String(length=10), nullable=False),
    sa.Column('subject_id', sa.String(length=40), nullable=False),
    sa.Column('merchant_id', sa.String(length=40), nullable=True),
    sa.Column('parts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasure'))
    )
    with op.batch_alter_table('erasure', schema=None) as batch_op:
        batch_op.create_index('ix_erasure_subject', ['subject_id'], unique=False)

    op.create_table('identity_level',
    sa.Column('subject_kind', sa.String(length=12), nullable=False),
    sa.Column('subject_id', sa.String(length=40), nullable=False),
    sa.Column('level', sa.BigInteger(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('level >= 0 AND level <= 3', name=op.f('ck_identity_level_level_range')),
    sa.PrimaryKeyConstraint('subject_kind', 'subject_id', name=op.f('pk_identity_level'))
    )
    op.create_table('contact_code',
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('medium', sa.String(length=5), nullable=False),
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('tries', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_contact_code_person_id')),
    sa.PrimaryKeyConstraint('person_id', 'medium', name=op.f('pk_contact_code'))
    )
    op.create_table('identity_case',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('subject_kind', sa.String(length=12), nullable=False),
    sa.Column('subject_id', sa.String(length=40), nullable=False),
    sa.Column('level', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('number_kind', sa.String(length=30), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('name_encrypted', sa.Text(), nullable=False),
    sa.Column('number_encrypted', sa.Text(), nullable=False),
    sa.Column('number_index', sa.String(length=64), nullable=False),
    sa.Column('number_masked', sa.String(length=40), nullable=False),
    sa.Column('provider_id', sa.String(length=80), nullable=False),
    sa.Column('external_id', sa.String(length=120), nullable=False),
    sa.Column('asks', sa.BigInteger(), nullable=False),
    sa.Column('ask_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reasons', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('begun_by', sa.String(length=40), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('draft', 'checking', 'waiting', 'accepted', 'rejected', 'withdrawn')", name=op.f('ck_identity_case_state_known')),
    sa.CheckConstraint('level = 2 OR level = 3', name=op.f('ck_identity_case_level_known')),
    sa.ForeignKeyConstraint(['begun_by'], ['person.id'], name=op.f('fk_identity_case_begun_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identity_case'))
    )
    with op.batch_alter_table('identity_case', schema=None) as batch_op:
        batch_op.create_index('ix_identity_case_ask', ['state', 'ask_at'], unique=False)
        batch_op.create_index('ix_identity_case_number', ['number_index'], unique=False)
        batch_op.create_index('ix_identity_case_subject', ['subject_kind', 'subject_id', 'begun_at'], unique=False)
        batch_op.create_index('uq_identity_case_open', ['subject_kind', 'subject_id', 'level'], unique=True, sqlite_where=sa.text("state IN ('draft', 'checking', 'waiting')"), postgresql_where=sa.text("state IN ('draft', 'checking', 'waiting')"))

    op.create_table('identity_paper',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('case_id', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('media_type', sa.String(length=40), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('content_encrypted', sa.LargeBinary(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['identity_case.id'], name=op.f('fk_identity_paper_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identity_paper'))
    )
    with op.batch_alter_table('identity_paper', schema=None) as batch_op:
        batch_op.create_index('uq_identity_paper_kind', ['case_id', 'kind'], unique=True)

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('email_proven_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('phone', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('phone_proven_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_person_phone'), ['phone'])


def downgrade() -> None:
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_person_phone'), type_='unique')
        batch_op.drop_column('phone_proven_at')
        batch_op.drop_column('phone')
        batch_op.drop_column('email_proven_at')

    with op.batch_alter_table('identity_paper', schema=None) as batch_op:
        batch_op.drop_index('uq_identity_paper_kind')

    op.drop_table('identity_paper')
    with op.batch_alter_table('identity_case', schema=None) as batch_op:
        batch_op.drop_index('uq_identity_case_open', sqlite_where=sa.text("state IN ('draft', 'checking', 'waiting')"), postgresql_where=sa.text("state IN ('draft', 'checking', 'waiting')"))
        batch_op.drop_index('ix_identity_case_subject')
        batch_op.drop_index('ix_identity_case_number')
        batch_op.drop_index('ix_identity_case_ask')

    op.drop_table('identity_case')
    op.drop_table('contact_code')
    op.drop_table('identity_level')
    with op.batch_alter_table('erasure', schema=None) as batch_op:
        batch_op.drop_index('ix_erasure_subject')

    op.drop_table('erasure')
    with op.batch_alter_table('data_package', schema=None) as batch_op:
        batch_op.drop_index('ix_data_package_subject')
        batch_op.drop_index('ix_data_package_expires')

    op.drop_table('data_package')
