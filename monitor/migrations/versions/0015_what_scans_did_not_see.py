"""A scan says how much of its capture was looked at; a match names its track, and the places that it stands for.

Scans made before did not know: they count as whole, as they were told, and matches as of the only track.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    for table, name, kind, default in (
        ("scan", "share", sa.Float(), "1.0"),
        ("scan", "unseen", sa.JSON(), "[]"),
        ("match", "track", sa.Integer(), "0"),
        ("match", "counted", sa.Boolean(), sa.false()),
        ("match", "spans", sa.JSON(), "[]"),
    ):
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
