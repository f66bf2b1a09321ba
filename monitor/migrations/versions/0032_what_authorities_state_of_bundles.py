"""What timestamp authorities said of bundles and of the reports in them."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "seal_timestamp",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("shown_sha256", sa.String(), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("stated_at", sa.String(length=27), nullable=False),
        sa.Column("reply_sha256", sa.String(), nullable=False),
        sa.Column("roots_sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("seal_timestamp") as table:
        table.create_index("ix_seal_timestamp_party_id", ["party_id"], unique=False)
