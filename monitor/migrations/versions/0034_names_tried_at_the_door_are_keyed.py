"""Names that were tried at the door are kept under keyed digests: plain ones, which guessing undoes, go with their counts."""

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.execute("DELETE FROM sign_in WHERE length(id) = 64")
