"""Parties, subjects and groups keep their names as they are compared, for an index; those that are here get theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for name in ("party", "subject", "subject_group"):
        op.add_column(name, sa.Column("name_key", sa.String(), nullable=False, server_default=""))
        op.create_index(f"ix_{name}_name_key", name, ["name_key"])
        table = sa.table(name, sa.column("id"), sa.column("name"), sa.column("name_key"))
        connection = op.get_bind()
        for key, text in connection.execute(sa.select(table.c.id, table.c.name)).all():
            # As registry.names compares names today; what a later version compares, a later revision writes.
            folded = " ".join(text.split()).casefold()
            connection.execute(sa.update(table).where(table.c.id == key).values(name_key=folded))
