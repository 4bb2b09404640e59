"""${message}"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
<% statements = config.attributes.get("statements") %>
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
% if statements:

STATEMENTS = ${statements}
% endif


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
% if statements:
    for statement in STATEMENTS[op.get_bind().dialect.name]:
        op.execute(statement)
% endif


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
