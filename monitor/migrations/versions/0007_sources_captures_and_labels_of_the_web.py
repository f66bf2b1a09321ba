"""Captures name their WARC and screenshot, videos how their media is taken, runs what was unchanged and what went wrong.

What was found before came over HTTP, and nothing is known of its counts and troubles.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("capture", sa.Column("warc_sha256", sa.String(), nullable=True))
    op.add_column("capture", sa.Column("screenshot_sha256", sa.String(), nullable=True))
    op.add_column("source_run", sa.Column("unchanged", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("source_run", sa.Column("troubles", sa.JSON(), nullable=False, server_default="{}"))
    via = sa.Enum("HTTP", "YTDLP", "FILE", name="via")
    op.add_column("video", sa.Column("via", via, nullable=False, server_default="HTTP"))
    op.add_column("video", sa.Column("counts", sa.JSON(), nullable=False, server_default="{}"))
