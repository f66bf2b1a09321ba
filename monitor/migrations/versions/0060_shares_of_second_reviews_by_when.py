"""Since when which share of a party's decisions is made a second time: a report of a past week tells what was in force then."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0057"


def upgrade() -> None:
    op.add_column("party", sa.Column("second_shares", sa.JSON(), server_default="[]", nullable=False))
