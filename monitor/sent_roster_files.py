"""Which of the files that were sent is the roster, and which are its photos."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import PurePath

from monitor.roster.photos import is_photo
from monitor.sent_files import SentFile
from registry.errors import SemblanceError

TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".numbers"})


class RosterNotSent(SemblanceError):
    """Files that are no roster with its photos, or more of them than are held."""


def roster_and_photos(files: Sequence[SentFile]) -> tuple[SentFile, SentFile]:
    """The roster, and its photos as one zip. Raises RosterNotSent."""
    table = _table_among(files)
    return table, _photos_among([file for file in files if file is not table])


def _table_among(files: Sequence[SentFile]) -> SentFile:
    tables = [file for file in files if PurePath(file.plain_name).suffix.lower() in TABLES]
    if len(tables) != 1:
        raise RosterNotSent(
            "Exactly one table of members is needed." if len(tables) else "The table of members is missing.",
            "Choose one CSV or XLSX, and beside it the photos or one zip of them.",
        )
    return tables[0]


def _photos_among(others: Sequence[SentFile]) -> SentFile:
    """What is beside the table: one zip, or pictures and nothing else."""
    if len(others) == 1 and others[0].content.startswith(b"PK\x03\x04"):
        return others[0]
    if others and all(is_photo(file.plain_name) for file in others):
        return _packed(others)
    raise RosterNotSent("The photos are missing, or cannot be told.", "Choose several pictures, or one zip of all of them.")


def _packed(photos: Sequence[SentFile]) -> SentFile:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for photo in {photo.plain_name: photo for photo in photos}.values():
            archive.writestr(photo.plain_name, photo.content)
    return SentFile("photos.zip", made.getvalue())
