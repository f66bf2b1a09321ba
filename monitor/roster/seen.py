"""What a run over a roster has met so far, kept on the disk so that memory stays flat however long the roster is."""

import sqlite3
import unicodedata


def name_key(name: str) -> str:
    """A name as it is compared: compatibility forms, case and spacing do not tell people apart."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


class Seen:
    """A temporary database without a name; SQLite removes it with the process."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.executescript(
            "CREATE TABLE keys (key TEXT PRIMARY KEY, row INTEGER, name TEXT) WITHOUT ROWID;"
            "CREATE TABLE subjects (id TEXT PRIMARY KEY, row INTEGER, name TEXT) WITHOUT ROWID;"
            "CREATE TABLE bearers (name TEXT, key TEXT, PRIMARY KEY (name, key)) WITHOUT ROWID;"
        )

    def first_row(self, key: str, name: str, row: int) -> tuple[int, str] | None:
        """The row in which the member was met before and the name it had there; None, and noted, the first time."""
        found = self._database.execute("SELECT row, name FROM keys WHERE key = ?", (key,)).fetchone()
        if found is None:
            self._database.execute("INSERT INTO keys VALUES (?, ?, ?)", (key, row, name))
        return found if found is None else (int(found[0]), str(found[1]))

    def note_subject(self, subject_id: str, row: int, name: str) -> None:
        self._database.execute("INSERT OR IGNORE INTO subjects VALUES (?, ?, ?)", (subject_id, row, name))

    def who_is(self, subject_id: str) -> tuple[int, str] | None:
        """The row that enrolled a subject in this run, and the name there."""
        found = self._database.execute("SELECT row, name FROM subjects WHERE id = ?", (subject_id,)).fetchone()
        return (int(found[0]), str(found[1])) if found else None

    def note_bearer(self, name: str, key: str) -> None:
        self._database.execute("INSERT OR IGNORE INTO bearers VALUES (?, ?)", (name, key))

    def bearers(self, name: str) -> set[str]:
        """The members of that name who were taken in by this run, or would have been."""
        return {str(row[0]) for row in self._database.execute("SELECT key FROM bearers WHERE name = ?", (name,))}

    def close(self) -> None:
        self._database.close()
