"""Families of copies: how matched videos are known again, with whom they were compared, and which matches show the same."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0040"


def upgrade() -> None:
    op.create_table(
        "compared_footage",
        sa.Column("media_sha256", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("media_sha256", "subject_id"),
    )
    with op.batch_alter_table("compared_footage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_compared_footage_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "footage_descriptor",
        sa.Column("media_sha256", sa.String(), nullable=False),
        sa.Column("encoder", sa.String(), nullable=False),
        sa.Column("width", sa.Float(), nullable=False),
        sa.Column("height", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("arrays", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("media_sha256"),
    )
    _copies()


def _copies() -> None:
    op.create_table(
        "footage_copy",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("match_id", sa.String(), nullable=False),
        sa.Column("of_id", sa.String(), nullable=False),
        sa.Column("t_start", sa.Float(), nullable=False),
        sa.Column("t_end", sa.Float(), nullable=False),
        sa.Column("of_start", sa.Float(), nullable=False),
        sa.Column("of_end", sa.Float(), nullable=False),
        sa.Column("speed", sa.Float(), nullable=False),
        sa.Column("mirrored", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("of_whole", sa.Boolean(), nullable=False),
        sa.Column("inside", sa.Float(), nullable=False),
        sa.Column("of_inside", sa.Float(), nullable=False),
        sa.Column("found_at", sa.String(27), nullable=False),
        sa.Column("parted_by", sa.String(), nullable=True),
        sa.Column("parted_reason", sa.String(), nullable=True),
        sa.Column("parted_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(
            ["match_id"],
            ["match.id"],
        ),
        sa.ForeignKeyConstraint(
            ["of_id"],
            ["match.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("footage_copy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_footage_copy_match_id"), ["match_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_footage_copy_of_id"), ["of_id"], unique=False)
