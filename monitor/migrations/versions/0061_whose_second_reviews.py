"""Whose match a second review is of, noted with it: how far reviewers agree is counted without looking at each match."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"

WHOSE = 'SELECT s.party_id FROM subject AS s JOIN "match" AS m ON m.subject_id = s.id WHERE m.id = second_review.match_id'


def upgrade() -> None:
    op.add_column("second_review", sa.Column("party_id", sa.String(), nullable=True))
    op.execute(f"UPDATE second_review SET party_id = ({WHOSE})")  # noqa: S608, names of ours
