"""Aliases of subjects: none of those who are on record."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    op.add_column("subject", sa.Column("aliases", sa.JSON(), server_default="[]", nullable=False))
