"""Runs say how much of a source was read, what was not, and how far a feed or listing goes back.

Of earlier runs it is not known how many documents should have been read.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("source_run", sa.Column("due", sa.Integer(), nullable=True))
    op.add_column("source_run", sa.Column("missed", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("source_run", sa.Column("missing", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("source_run", sa.Column("listed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("source_run", sa.Column("silent", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("source_run", sa.Column("beyond", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("source_run", sa.Column("reach", sa.JSON(), nullable=True))
    op.add_column("source_run", sa.Column("notes", sa.JSON(), nullable=False, server_default="[]"))
