"""Members of rosters, documents that show subjects, and what an erasure took and kept; all empty."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("sent_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subject_id", "path"),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_path"), ["path"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "member",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=True),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("row_sha", sa.String(), nullable=False),
        sa.Column("erased_at", sa.String(27), nullable=True),
        sa.Column("imported_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index("ix_member_name", ["party_id", "name_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_member_party_id"), ["party_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_member_subject_id"), ["subject_id"], unique=False)

    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paths", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("kept", sa.JSON(), server_default="[]", nullable=False))
