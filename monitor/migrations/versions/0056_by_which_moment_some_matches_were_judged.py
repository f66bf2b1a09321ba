"""The latest moment by which some matches followed what permits their use: once a clock is set back, all are judged anew."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.add_column("licences_applied", sa.Column("latest", sa.String(27), nullable=True))
