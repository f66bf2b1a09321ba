"""What each import of a roster brought, so that it may be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "intake",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("taken_back_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
    )
    op.create_index("ix_intake_party_id", "intake", ["party_id"])
    op.create_table(
        "intake_row",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("intake_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("new_subject", sa.Boolean(), nullable=False),
        sa.Column("new_member", sa.Boolean(), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("called_before", sa.String(), nullable=False),
        sa.Column("known_before", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"]),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"]),
    )
    op.create_index("ix_intake_row_intake_id", "intake_row", ["intake_id"])
    op.create_index("ix_intake_row_subject_id", "intake_row", ["subject_id"])
