"""Each party's documents have a folder of their own, named once and for all by the name that the party has now."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0015"


def upgrade() -> None:
    _name_folders()


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
