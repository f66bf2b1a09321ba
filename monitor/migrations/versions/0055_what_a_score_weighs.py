"""What a match's score weighs: its likelihood ratio, and the bounds within which its pack says any."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0050"

COLUMNS = ("likelihood_ratio", "ratio_least", "ratio_most")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("match", sa.Column(name, sa.Float(), nullable=True))
