"""The tables of reports in the first release."""

import sqlalchemy as sa
from alembic import op


def create() -> None:
    """All of them, each after those that it points to."""
    _case_file()
    _match()
    _notice()
    _scan()
    _case_match()
    _review()


def _case_file() -> None:
    op.create_table(
        "case_file",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("video_id", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
        ),
        sa.ForeignKeyConstraint(
            ["video_id"],
            ["video.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_file_party_id"), ["party_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_video_id"), ["video_id"], unique=False)


def _match() -> None:
    op.create_table(
        "match",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("capture_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("reference_id", sa.String(), nullable=False),
        sa.Column("modality", sa.Enum("FACE", "ARTWORK", name="modality"), nullable=False),
        sa.Column("t_start", sa.Float(), nullable=False),
        sa.Column("t_end", sa.Float(), nullable=False),
        sa.Column("best_t", sa.Float(), nullable=False),
        sa.Column("best_x1", sa.Float(), nullable=False),
        sa.Column("best_y1", sa.Float(), nullable=False),
        sa.Column("best_x2", sa.Float(), nullable=False),
        sa.Column("best_y2", sa.Float(), nullable=False),
        sa.Column("boxes", sa.JSON(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("margin", sa.Float(), nullable=False),
        sa.Column("expected_false_matches", sa.Float(), nullable=False),
        sa.Column("encoder", sa.String(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("status", sa.Enum("PENDING", "LICENSED", "CONFIRMED", "REJECTED", name="matchstatus"), nullable=False),
        sa.Column("licence_id", sa.String(), nullable=True),
        sa.Column("permission_reason", sa.String(), nullable=False),
        sa.Column("found_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["capture_id"],
            ["capture.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_match_capture_id"), ["capture_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_match_found_at"), ["found_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_match_status"), ["status"], unique=False)
        batch_op.create_index(batch_op.f("ix_match_subject_id"), ["subject_id"], unique=False)


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("law", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("drafted_at", sa.String(27), nullable=False),
        sa.Column("drafted_by", sa.String(), nullable=False),
        sa.Column("match_ids", sa.JSON(), nullable=False),
        sa.Column("letter", sa.JSON(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("needs_fair_use", sa.Boolean(), nullable=False),
        sa.Column("fair_use_by", sa.String(), nullable=False),
        sa.Column("fair_use_on", sa.String(), nullable=False),
        sa.Column("fair_use_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_case_id"), ["case_id"], unique=False)


def _scan() -> None:
    op.create_table(
        "scan",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("capture_id", sa.String(), nullable=False),
        sa.Column("gallery_digest", sa.String(), nullable=False),
        sa.Column("packs", sa.JSON(), nullable=False),
        sa.Column("encoders", sa.JSON(), nullable=False),
        sa.Column("scanned_at", sa.String(27), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("remedy", sa.String(), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("appearances", sa.Integer(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["capture_id"],
            ["capture.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("capture_id", "gallery_digest"),
    )
    with op.batch_alter_table("scan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scan_capture_id"), ["capture_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_scan_gallery_digest"), ["gallery_digest"], unique=False)


def _case_match() -> None:
    op.create_table(
        "case_match",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("match_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.id"],
        ),
        sa.ForeignKeyConstraint(
            ["match_id"],
            ["match.id"],
        ),
        sa.PrimaryKeyConstraint("case_id", "match_id"),
    )


def _review() -> None:
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("match_id", sa.String(), nullable=False),
        sa.Column("decision", sa.Enum("CONFIRM", "REJECT", "REOPEN", name="decision"), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["match_id"],
            ["match.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_match_id"), ["match_id"], unique=False)
