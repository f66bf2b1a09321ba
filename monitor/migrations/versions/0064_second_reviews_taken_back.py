"""A second review may be taken back: it stays on record, and another one of the same match may follow it."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0056"

NAMES = {"uq": "%(table_name)s_%(column_0_name)s_key"}
"""As PostgreSQL calls what is called nothing; SQLite's own has no name."""


def upgrade() -> None:
    with op.batch_alter_table("second_review", schema=None, naming_convention=NAMES) as batch_op:
        batch_op.add_column(sa.Column("taken_back_at", sa.String(27), nullable=True))
        batch_op.drop_constraint("second_review_match_id_key", type_="unique")
    standing = sa.text("taken_back_at IS NULL")
    op.create_index(
        "ix_second_review_standing",
        "second_review",
        ["match_id"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
