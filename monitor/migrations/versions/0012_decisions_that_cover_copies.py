"""A review says which decision on the same bytes it follows, and when its address joined. Nothing followed before."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    with op.batch_alter_table("review") as batch:
        batch.add_column(sa.Column("follows", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("joined_at", sa.String(27), nullable=True))
        batch.create_foreign_key("fk_review_follows", "review", ["follows"], ["id"])
