"""A second review may be taken back: it stays on record, and another one of the same match may follow it."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"

KEPT = "id, match_id, review_id, decision, reviewer, reason, at"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _made_anew()
    else:
        op.add_column("second_review", sa.Column("taken_back_at", sa.String(27), nullable=True))
        op.drop_constraint("second_review_match_id_key", "second_review", type_="unique")
    standing = sa.text("taken_back_at IS NULL")
    op.create_index(
        "ix_second_review_standing", "second_review", ["match_id"], unique=True, sqlite_where=standing, postgresql_where=standing
    )


def _made_anew() -> None:
    """SQLite drops no constraint; Alembic's own copying gives foreign keys in no certain order."""
    op.create_table(
        "second_review_anew",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("match_id", sa.String(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Enum("CONFIRM", "REJECT", "PERMIT", "REOPEN", name="decision"), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("taken_back_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"]),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(f"INSERT INTO second_review_anew ({KEPT}) SELECT {KEPT} FROM second_review")  # noqa: S608, names of ours
    op.drop_table("second_review")
    op.rename_table("second_review_anew", "second_review")
