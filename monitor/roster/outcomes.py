"""What happened to each row, as a file for whoever keeps the roster."""

import codecs
import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from registry.actions import Action
from registry.errors import SemblanceError
from registry.private import make_file

COLUMNS = ("row", "member", "name", "result", "photos", "says")


class Result(StrEnum):
    ENROLLED = "enrolled"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    ERASED = "erased"


@dataclass(frozen=True)
class Outcome:
    """photos: how many were enrolled by this row. says: what a person should know, also of photos that were left out."""

    row: int
    member: str
    name: str
    result: Result
    photos: int
    says: tuple[str, ...] = ()


class OutcomeFile:
    """A CSV in UTF-8 with a byte order mark, which every spreadsheet reads: as it comes, and at the end in the roster's order.

    Use as a context manager.
    """

    def __init__(self, path: Path) -> None:
        self._written: list[Outcome] = []
        refuse_to_replace(path, COLUMNS, Action.NAME_OUTCOME)
        try:
            make_file(path)
            self._stream = path.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise SemblanceError(f"{path} cannot be written: {error.strerror}.", Action.NAME_OUTCOME) from error
        self._writer = csv.writer(self._stream)
        self._writer.writerow(COLUMNS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._in_order()
        self._stream.close()

    def _in_order(self) -> None:
        self._stream.seek(0)
        self._stream.truncate()
        self._writer.writerow(COLUMNS)
        self._put(sorted(self._written, key=lambda outcome: outcome.row))

    def write(self, outcomes: Iterable[Outcome]) -> None:
        told = list(outcomes)
        self._written += told
        self._put(told)
        self._stream.flush()

    def _put(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            cells = (outcome.row, outcome.member, outcome.name, outcome.result.value, outcome.photos, " | ".join(outcome.says))
            self._writer.writerow([inert(str(cell)) for cell in cells])


def refuse_to_replace(path: Path, columns: Sequence[str], instead: Action) -> None:
    """Raise SemblanceError where something lies that is no earlier file with these columns: the roster itself, or a photo.
    instead: what to do then."""
    if not path.is_file():
        return
    header = codecs.BOM_UTF8 + ",".join(columns).encode()
    with path.open("rb") as stream:
        found = stream.read(len(header))
    if found not in (b"", header):
        raise SemblanceError(f"{path} is another file, which would be lost.", instead)


def inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: what one could begin with gets an apostrophe before it."""
    plain = text.replace("\x00", "")
    return (
        f"'{plain}"
        if plain.lstrip()[:1] in {"=", "+", "-", "@", "＝", "＋", "－", "＠"} or plain[:1] in {"\t", "\r", "\n"}
        else plain
    )
