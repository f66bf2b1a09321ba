"""Each party's documents have a folder of their own, named once and for all by the name that the party has now.

The audit log says whose rows were written, from now on. Attempts to sign in are counted. Tokens end: those that were issued
without an end do so ninety days from now.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    _name_folders()
    op.add_column("audit_entry", sa.Column("concerns", sa.String(), nullable=True))
    op.create_index("ix_audit_entry_concerns", "audit_entry", ["concerns"])
    op.create_table(
        "sign_in",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.String(27), nullable=False),
        sa.Column("until", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sign_in_account_id", "sign_in", ["account_id"])
    op.add_column("api_token", sa.Column("last_used_at", sa.String(27), nullable=True))
    token = sa.table("api_token", sa.column("ends_at"))
    ends = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%dT%H:%M:%S.%fZ}"
    op.execute(sa.update(token).where(token.c.ends_at.is_(None)).values(ends_at=ends))


def _name_folders() -> None:
    op.add_column("party", sa.Column("folder", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_party_folder", "party", ["folder"])
    table = sa.table("party", sa.column("id"), sa.column("name"), sa.column("folder"))
    connection = op.get_bind()
    for key, name in connection.execute(sa.select(table.c.id, table.c.name)).all():
        # As registry.names.file_word writes it today.
        plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower())
        word = "-".join(part for part in plain.split("-") if part)[:40] or "party"
        connection.execute(sa.update(table).where(table.c.id == key).values(folder=f"{word}-{key[:12]}"))
