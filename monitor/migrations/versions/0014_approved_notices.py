"""A notice says what it rests on, which licences were considered, who confirmed the law, and who approved it on which looks.

Notices drafted before rest on no look: they stay drafts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    for name, kind, default in (
        ("stated", sa.JSON(), "{}"),
        ("licences", sa.JSON(), "[]"),
        ("licences_by", sa.String(), ""),
        ("licences_reason", sa.String(), ""),
        ("law_confirmed_by", sa.String(), ""),
        ("approved_by", sa.String(), ""),
        ("approval", sa.JSON(), "[]"),
    ):
        op.add_column("notice", sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("notice", sa.Column("approved_at", sa.String(27), nullable=True))
