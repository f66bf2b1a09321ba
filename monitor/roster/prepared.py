"""A member of a roster on the way through an import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.roster.outcomes import Outcome, Result
from monitor.roster.rows import RosterRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]
Era = tuple[int, int] | None


@dataclass
class Photo:
    """One photo of a member. row: the row that names it. arrays: what each encoder made of it, empty while it is not to be
    enrolled. known: it is enrolled already. refused: it is not, since it seems to show somebody else.

    vector: by which it is compared. nearest: the nearest other one's key, and how near.
    """

    name: str
    sha256: str
    row: int
    era: Era = None
    arrays: "Mapping[str, Mapping[str, NDArray[Any]]]" = field(default_factory=dict)
    known: bool = False
    refused: bool = False
    allowed: bool = False
    vector: "Vector | None" = None
    nearest: tuple[str, float] = ("", -1.0)

    def leave_out(self) -> None:
        self.arrays, self.vector, self.refused = {}, None, True


@dataclass(frozen=True, slots=True)
class Held:
    """What the registry has of a member. name: the subject's, "" of who was erased."""

    id: str
    loose_id: str
    subject_id: str | None
    number: str
    name_key: str
    name: str
    row_sha: str
    erased_at: datetime | None
    lapsed: bool


@dataclass
class Prepared:
    """All rows of a roster about one person. key: by which the party knows members; "" for a row that is refused from the start.

    member: as the registry has it. adopted: the id of a subject of that name that no roster brought. namesake: others of the
    roster or the registry have the name. barred: why nothing of it is taken in, though others are compared with its photos.
    renamed: the name that the registry has, and the roster does not any more. missed: what is said of photos that cannot be read.
    outcomes: set as soon as it is decided, and final.
    """

    rows: list[RosterRow]
    name: str = ""
    name_key: str = ""
    key: str = ""
    id: str = ""
    loose_id: str = ""
    member: Held | None = None
    adopted: str | None = None
    namesake: bool = False
    barred: str = ""
    renamed: str = ""
    photos: list[Photo] = field(default_factory=list)
    enrolled: "list[Vector]" = field(default_factory=list)
    missed: tuple[str, ...] = ()
    says: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def row(self) -> RosterRow:
        return self.rows[0]

    @property
    def number(self) -> str:
        if len(self.rows) == 1:
            return self.rows[0].key
        return min((row.key for row in self.rows), key=lambda number: (len(number), number))

    @property
    def subject_id(self) -> str | None:
        return self.member.subject_id if self.member is not None else self.adopted

    def is_as_held(self, content: str) -> bool:
        """Whether the registry has all of it: what earlier versions enrolled lacks the number."""
        held = self.member
        return held is not None and held.row_sha == content and bool(held.number or not self.number)

    @property
    def compared(self) -> "list[tuple[Photo, Vector]]":
        return [(photo, photo.vector) for photo in self.photos if photo.vector is not None]

    @property
    def good(self) -> list[Photo]:
        return [photo for photo in self.photos if photo.arrays]

    def decide(self, result: Result, *says: str, good: Sequence[Photo] = ()) -> None:
        """Say the same of every row of the member, each with its own photos."""
        told = (*says, *self.says)
        for row in self.rows:
            photos = sum(photo.row == row.number for photo in good)
            together = row is not self.rows[0] and result is not Result.REFUSED
            words = (f"taken together with row {self.rows[0].number}, of the same member",) if together else told
            self.outcomes.append(Outcome(row.number, row.key, row.name, result, photos, words))
