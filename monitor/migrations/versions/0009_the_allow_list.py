"""The allow-list, and matches that name the entry of it that permits them.

A status and a decision are stored by name, and PERMITTED and PERMIT are no longer than the names that their columns hold already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "allowance",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=True),
        sa.Column("uploader", sa.String(), nullable=True),
        sa.Column("host", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("allowed_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("starts_at", sa.String(27), nullable=False),
        sa.Column("ends_at", sa.String(27), nullable=True),
        sa.Column("revoked_at", sa.String(27), nullable=True),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("allowance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allowance_party_id"), ["party_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_allowance_subject_id"), ["subject_id"], unique=False)
    op.add_column("match", sa.Column("allowance_id", sa.String(), nullable=True))
