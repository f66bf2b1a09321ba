"""In which ways of use an entry of the allow-list lets a subject be shown; one that names none leaves out the voice."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.add_column("allowance", sa.Column("modalities", sa.JSON(), server_default="[]", nullable=False))
    # Voices that an entry let be are open again: all matches follow anew.
    op.execute("DELETE FROM licences_applied")
