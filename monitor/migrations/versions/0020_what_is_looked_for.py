"""Scans name the number of their gallery, and what is looked for names the first that had it; lists are read by indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

INDEXES = (
    ("ix_subject_name_id", "subject", ["name", "id"]),
    ("ix_reference_created_at_id", "reference", ["created_at", "id"]),
    ("ix_mandate_created_at_id", "mandate", ["created_at", "id"]),
    ("ix_case_file_opened_at_id", "case_file", ["opened_at", "id"]),
    ("ix_case_match_match_id", "case_match", ["match_id"]),
    ("ix_scan_capture_gallery", "scan", ["capture_id", "gallery_number"]),
)


def upgrade() -> None:
    op.add_column("scan", sa.Column("gallery_number", sa.Integer(), nullable=True))
    op.create_table(
        "looked_for",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_looked_for_subject_id", "looked_for", ["subject_id"])
    op.create_index("ix_looked_for_since", "looked_for", ["since"])
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
