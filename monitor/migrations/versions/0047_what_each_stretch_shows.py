"""Which seconds of which reference each stretch of a match shows."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0045"


def upgrade() -> None:
    op.add_column("match", sa.Column("reference_parts", sa.JSON(), server_default="[]", nullable=False))
