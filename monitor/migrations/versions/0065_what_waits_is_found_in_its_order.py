"""What was drawn for a second review is found in its order, and what is said of videos by three letters at a time."""

from alembic import op

from registry.storage.known import storage_of

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    op.drop_index("ix_review_drawn", "review")
    op.create_index("ix_review_drawn", "review", ["drawn", "id"])
    storage_of(op.get_bind()).index_parts(op.get_bind())
