"""Write down the schema to which the revisions lead, so that a new database need not go through all of them.

`python -m monitor.migrations.snapshot`, after a revision was added. Without it a new database goes through the revisions since.
"""

import tempfile
from pathlib import Path

from monitor.migrations import HEAD, SCHEMA, upgrade
from registry.storage.engine import connect


def snapshot(revision: str = HEAD) -> str:
    """The statements that make an empty database one of that revision, in the words that SQLite itself keeps."""
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(Path(folder) / "new.db")
        with engine.connect() as connection:
            upgrade(connection, revision)
            rows = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
            made = [str(sql) for (sql,) in rows]
        engine.dispose()
    made.append(f"INSERT INTO alembic_version VALUES ('{revision}')")  # noqa: S608, a file's name of ours
    return ";\n\n".join(made) + ";\n"


if __name__ == "__main__":
    SCHEMA.write_text(snapshot(), encoding="utf-8")
