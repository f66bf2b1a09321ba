"""Which subjects have one likeness, what a person decided about them, and whose templates were compared.

Nobody was compared before: the next run, or the next photo, compares everybody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "shared_identity",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("one_id", sa.String(), sa.ForeignKey("subject.id"), nullable=False),
        sa.Column("other_id", sa.String(), sa.ForeignKey("subject.id"), nullable=False),
        sa.Column("one_reference", sa.String(), nullable=False),
        sa.Column("other_reference", sa.String(), nullable=False),
        sa.Column("encoder", sa.String(), nullable=False),
        sa.Column("likeness", sa.Float(), nullable=False),
        sa.Column("found_at", sa.String(27), nullable=False),
        sa.Column("standing_from", sa.String(27), nullable=False),
        sa.Column("closed_at", sa.String(27), nullable=True),
        sa.UniqueConstraint("one_id", "other_id"),
    )
    op.create_index("ix_shared_identity_one_id", "shared_identity", ["one_id"])
    op.create_index("ix_shared_identity_other_id", "shared_identity", ["other_id"])
    op.create_table(
        "identity_decision",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("identity_id", sa.String(), sa.ForeignKey("shared_identity.id"), nullable=False),
        sa.Column("decision", sa.Enum("UNDECIDED", "ONE", "TWO", name="sameness"), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
    )
    op.create_index("ix_identity_decision_identity_id", "identity_decision", ["identity_id"])
    op.create_table(
        "compared_subject",
        sa.Column("subject_id", sa.String(), sa.ForeignKey("subject.id"), primary_key=True),
        sa.Column("templates", sa.String(), nullable=False),
    )
