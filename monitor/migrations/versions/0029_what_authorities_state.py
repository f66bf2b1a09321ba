"""What timestamp authorities said of captures."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "timestamp",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("capture_id", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("stated_at", sa.String(length=27), nullable=True),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("reply_sha256", sa.String(), nullable=True),
        sa.Column("roots_sha256", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("timestamp") as table:
        table.create_index("ix_timestamp_capture_id", ["capture_id"], unique=False)
