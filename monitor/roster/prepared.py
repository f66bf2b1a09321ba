"""A row on its way through an import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.roster.outcomes import Outcome, Result
from monitor.roster.table import RosterRow
from registry.members import Member
from registry.subjects import Subject

Vector = NDArray[np.float32]


@dataclass
class Photo:
    """One photo of a row. arrays: what each encoder made of it, empty while it is not to be enrolled. known: it is
    enrolled already.

    vector: by which it is compared. nearest: the nearest other subject, and how near.
    """

    name: str
    sha256: str
    arrays: Mapping[str, Mapping[str, NDArray[Any]]] = field(default_factory=dict)
    known: bool = False
    vector: Vector | None = None
    nearest: tuple[str, float] = ("", -1.0)

    def leave_out(self) -> None:
        self.arrays, self.vector = {}, None


@dataclass
class Prepared:
    """adopted: a subject of that name that no roster brought. outcome: set as soon as it is decided, and final."""

    row: RosterRow
    name: str = ""
    name_key: str = ""
    key: str = ""
    row_sha: str = ""
    member: Member | None = None
    adopted: Subject | None = None
    photos: list[Photo] = field(default_factory=list)
    enrolled: list[Vector] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    outcome: Outcome | None = None

    @property
    def subject_id(self) -> str | None:
        if self.member is not None:
            return self.member.subject_id
        return self.adopted.id if self.adopted is not None else None

    @property
    def compared(self) -> list[tuple[Photo, Vector]]:
        return [(photo, photo.vector) for photo in self.photos if photo.vector is not None]

    def decide(self, result: Result, *says: str, photos: int = 0) -> None:
        self.outcome = Outcome(self.row.number, self.row.key, self.row.name, result, photos, (*says, *self.says))
