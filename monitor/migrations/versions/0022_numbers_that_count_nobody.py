"""Entries of the audit log have a salt, so that nobody finds their numbers by trying."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("audit_entry", sa.Column("salt", sa.String(), nullable=True))
