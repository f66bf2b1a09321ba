"""Documents are on record before they are in their place, and by a path within the workspace; receipts say what is left.

Earlier documents keep their absolute paths: where they lie now is found when they are looked for, since a workspace may be moved.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for name in ("digest", "making"):
        op.add_column("document", sa.Column(name, sa.String(), nullable=True))
        op.create_index(op.f(f"ix_document_{name}"), "document", [name], unique=False)
    op.add_column("erasure", sa.Column("left", sa.JSON(), nullable=False, server_default="[]"))
