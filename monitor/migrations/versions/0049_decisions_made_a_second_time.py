"""Of whose decisions what share is made a second time, which ones, and what was decided then."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"

DECISIONS = sa.Enum("CONFIRM", "REJECT", "PERMIT", "REOPEN", name="decision")


def upgrade() -> None:
    op.create_table(
        "second_review",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("match_id", sa.String(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("decision", DECISIONS, nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"]),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("match_id"),
    )
    with op.batch_alter_table("party", schema=None) as batch_op:
        batch_op.add_column(sa.Column("second_share", sa.Float(), server_default="0", nullable=False))
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.add_column(sa.Column("drawn", sa.Boolean(), server_default="0", nullable=False))
        batch_op.create_index(batch_op.f("ix_review_drawn"), ["drawn"], unique=False)
