"""second factor"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('proof_token',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('purpose', sa.String(length=30), nullable=False),
    sa.Column('subject', sa.String(length=100), nullable=False),
    sa.Column('data', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_proof_token'))
    )
    with op.batch_alter_table('proof_token', schema=None) as batch_op:
        batch_op.create_index('ix_proof_token_expires', ['expires_at'], unique=False)
        batch_op.create_index('ix_proof_token_subject', ['subject', 'purpose'], unique=False)

    op.create_table('known_device',
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('device_hash', sa.String(length=64), nullable=False),
    sa.Column('first_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_known_device_person_id')),
    sa.PrimaryKeyConstraint('person_id', 'device_hash', name=op.f('pk_known_device'))
    )
    op.create_table('passkey',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('credential_hash', sa.String(length=64), nullable=False),
    sa.Column('credential_id', sa.Text(), nullable=False),
    sa.Column('public_key', sa.Text(), nullable=False),
    sa.Column('sign_count', sa.BigInteger(), nullable=False),
    sa.Column('transports', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_passkey_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential_hash', name=op.f('uq_passkey_credential_hash'))
    )
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passkey_person_id'), ['person_id'], unique=False)

    op.create_table('recovery_code',
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_recovery_code_person_id')),
    sa.PrimaryKeyConstraint('person_id', 'code_hash', name=op.f('pk_recovery_code'))
    )
    op.create_table('totp_factor',
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('secret_encrypted', sa.Text(), nullable=False),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_totp_factor_person_id')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_totp_factor'))
    )
    with op.batch_alter_table('member_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('device', sa.String(length=120), server_default='', nullable=False))
        batch_op.add_column(sa.Column('place', sa.String(length=60), server_default='', nullable=False))
        batch_op.add_column(sa.Column('pending', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('factor_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('member_session', schema=None) as batch_op:
        batch_op.drop_column('seen_at')
        batch_op.drop_column('factor_at')
        batch_op.drop_column('pending')
        batch_op.drop_column('place')
        batch_op.drop_column('device')

    op.drop_table('totp_factor')
    op.drop_table('recovery_code')
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_passkey_person_id'))

    op.drop_table('passkey')
    op.drop_table('known_device')
    with op.batch_alter_table('proof_token', schema=None) as batch_op:
        batch_op.drop_index('ix_proof_token_subject')
        batch_op.drop_index('ix_proof_token_expires')

    op.drop_table('proof_token')
