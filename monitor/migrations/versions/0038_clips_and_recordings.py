"""References that are clips or recordings, and matches that have no place in a picture."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

_INDEXES = {
    "ix_match_capture_id": ["capture_id"],
    "ix_match_found_at": ["found_at"],
    "ix_match_queue": ["status", "found_at", "capture_id", "t_start", "id"],
    "ix_match_status": ["status"],
    "ix_match_subject_id": ["subject_id"],
}


def upgrade() -> None:
    kinds = sa.Enum("PICTURE", "CLIP", "RECORDING", name="samplekind")
    with op.batch_alter_table("reference") as table:
        table.add_column(sa.Column("kind", kinds, server_default="PICTURE", nullable=False))
    # The table is copied, which would make its indexes anew in no order.
    for name in _INDEXES:
        op.drop_index(name, "match")
    with op.batch_alter_table("match") as table:
        for corner in ("best_x1", "best_y1", "best_x2", "best_y2"):
            table.alter_column(corner, existing_type=sa.Float(), nullable=True)
        for second in ("reference_start", "reference_end", "reference_t"):
            table.add_column(sa.Column(second, sa.Float(), nullable=True))
    for name, columns in _INDEXES.items():
        op.create_index(name, "match", columns, unique=False)
