"""Since when a source is paused or not watched any more; which secret a webhook has, and when it took something last."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0042"


def upgrade() -> None:
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paused_at", sa.String(27), nullable=True))
        batch_op.add_column(sa.Column("removed_at", sa.String(27), nullable=True))
    with op.batch_alter_table("webhook_endpoint", schema=None) as batch_op:
        batch_op.add_column(sa.Column("secret_number", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("rotated_at", sa.String(27), nullable=True))
        batch_op.add_column(sa.Column("taken_at", sa.String(27), nullable=True))
