"""Videos keep what is said of them in one text, and subjects their aliases as they are compared, for searches; those that are
here get theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"

AT_ONCE = 5000


def upgrade() -> None:
    op.add_column("subject", sa.Column("alias_keys", sa.String(), server_default="", nullable=False))
    op.add_column("video", sa.Column("said", sa.String(), server_default="", nullable=False))
    connection = op.get_bind()
    _fill_subjects(connection)
    _fill_videos(connection)
    if connection.dialect.name == "sqlite":
        op.create_index("ix_video_said", "video", ["said", "id"])


def _fill_subjects(connection: sa.Connection) -> None:
    table = sa.table("subject", sa.column("id"), sa.column("aliases", sa.JSON()), sa.column("alias_keys"))
    for key, aliases in connection.execute(sa.select(table.c.id, table.c.aliases)).all():
        if aliases:
            # As registry.names compares names today; what a later version compares, a later revision writes.
            keys = "\n".join(" ".join(alias.split()).casefold() for alias in aliases)
            connection.execute(sa.update(table).where(table.c.id == key).values(alias_keys=keys))


def _fill_videos(connection: sa.Connection) -> None:
    names = ("title", "uploader", "page_url", "media_url")
    table = sa.table("video", sa.column("id"), sa.column("said"), *map(sa.column, names))
    put = sa.update(table).where(table.c.id == sa.bindparam("key")).values(said=sa.bindparam("text"))
    last = ""
    while rows := connection.execute(
        sa.select(table.c.id, *(table.c[name] for name in names)).where(table.c.id > last).order_by(table.c.id).limit(AT_ONCE)
    ).all():
        # As crawler.videos joins them today.
        texts = [(key, "\n".join((text or "").partition("\0")[0] for text in said)) for key, *said in rows]
        connection.execute(put, [{"key": key, "text": text} for key, text in texts])
        last = rows[-1][0]
