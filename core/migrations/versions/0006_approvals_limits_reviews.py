"""approvals limits reviews"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('limit_rule',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('scope', sa.String(length=12), nullable=False),
    sa.Column('holder', sa.String(length=40), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('single_minor', sa.BigInteger(), nullable=True),
    sa.Column('day_minor', sa.BigInteger(), nullable=True),
    sa.Column('day_count', sa.BigInteger(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(scope = 'everyone') = (holder = '')", name=op.f('ck_limit_rule_holder_named')),
    sa.CheckConstraint("scope IN ('merchant', 'person', 'role', 'everyone')", name=op.f('ck_limit_rule_scope_known')),
    sa.CheckConstraint('(single_minor IS NULL OR single_minor >= 0) AND (day_minor IS NULL OR day_minor >= 0) AND (day_count IS NULL OR day_count >= 0)', name=op.f('ck_limit_rule_not_negative')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_limit_rule')),
    sa.UniqueConstraint('name', 'scope', 'holder', 'currency', name=op.f('uq_limit_rule_name_scope_holder_currency'))
    )
    op.create_table('limit_use',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('scope', sa.String(length=12), nullable=False),
    sa.Column('holder', sa.String(length=40), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', 'scope', 'holder', 'currency', 'day', name=op.f('pk_limit_use'))
    )
    op.create_table('approval',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('merchant_id', sa.String(length=40), nullable=True),
    sa.Column('payload', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('maker_id', sa.String(length=40), nullable=False),
    sa.Column('checker_id', sa.String(length=40), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'approved', 'rejected', 'withdrawn', 'expired') AND (state IN ('approved', 'rejected')) = (checker_id IS NOT NULL) AND (state = 'waiting') = (decided_at IS NULL)", name=op.f('ck_approval_decided_whole')),
    sa.CheckConstraint('checker_id IS NULL OR checker_id <> maker_id', name=op.f('ck_approval_two_people')),
    sa.ForeignKeyConstraint(['checker_id'], ['person.id'], name=op.f('fk_approval_checker_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['person.id'], name=op.f('fk_approval_maker_id')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_approval_merchant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval'))
    )
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.create_index('ix_approval_expires', ['expires_at'], unique=False, postgresql_where=sa.text("state = 'waiting'"))
        batch_op.create_index('ix_approval_merchant', ['merchant_id', 'created_at'], unique=False)
        batch_op.create_index('ix_approval_state', ['state', 'created_at'], unique=False)

    op.create_table('review',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('subject', sa.String(length=120), nullable=False),
    sa.Column('merchant_id', sa.String(length=40), nullable=True),
    sa.Column('payload', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('submitted_by', sa.String(length=40), nullable=True),
    sa.Column('taken_by', sa.String(length=40), nullable=True),
    sa.Column('taken_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reviewer_id', sa.String(length=40), nullable=True),
    sa.Column('reasons', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('round', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'accepted', 'refused', 'withdrawn') AND (state = 'waiting') = (decided_at IS NULL)", name=op.f('ck_review_decided_whole')),
    sa.CheckConstraint('reviewer_id IS NULL OR submitted_by IS NULL OR reviewer_id <> submitted_by', name=op.f('ck_review_two_people')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_review_merchant_id')),
    sa.ForeignKeyConstraint(['reviewer_id'], ['person.id'], name=op.f('fk_review_reviewer_id')),
    sa.ForeignKeyConstraint(['submitted_by'], ['person.id'], name=op.f('fk_review_submitted_by')),
    sa.ForeignKeyConstraint(['taken_by'], ['person.id'], name=op.f('fk_review_taken_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review'))
    )
    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.create_index('ix_review_state', ['state', 'kind', 'created_at'], unique=False)
        batch_op.create_index('ix_review_subject', ['subject', 'created_at'], unique=False)
        batch_op.create_index('uq_review_open', ['kind', 'subject'], unique=True, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('staff_role', sa.String(length=20), nullable=True))
    op.execute("UPDATE person SET staff_role = 'admin' WHERE is_staff")
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('is_staff')


def downgrade() -> None:
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_staff', sa.BOOLEAN(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE person SET is_staff = (staff_role IS NOT NULL)")
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('staff_role')

    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.drop_index('uq_review_open', sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
        batch_op.drop_index('ix_review_subject')
        batch_op.drop_index('ix_review_state')

    op.drop_table('review')
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.drop_index('ix_approval_state')
        batch_op.drop_index('ix_approval_merchant')
        batch_op.drop_index('ix_approval_expires', postgresql_where=sa.text("state = 'waiting'"))

    op.drop_table('approval')
    op.drop_table('limit_use')
    op.drop_table('limit_rule')
