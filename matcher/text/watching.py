"""The marks and labels that stand over a video: where and when writing may matter, it is looked at and read."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from matcher.sample import Frame
from matcher.screen import ScreenMark
from matcher.text.finding import Line, cut_out
from matcher.text.marks import LONGEST, Mark, MarkKind, marks_in
from matcher.text.names import Names, names_in, names_of, quoted
from matcher.text.reading import WordModels
from matcher.text.standing import Place, StandingMap, place_about
from registry.types import Image

STEP, WINDOW = 0.5, 2.0
"""Seconds between the frames that a map is made of, and that it spans: what it shows stood still for so long."""

SOON, PAUSE = 3, 6.0
"""So many looks follow one another from the beginning on; between later ones, seconds in which nothing is looked at."""

PLACES, KEPT = 4, 2
"""New places that one look takes in, and places where a mark was, which every look takes in."""

WHOLE_SIDE = 960
"""The first look is at the whole picture, with at most so many pixels on the long side: a busy background hides places, and a
label belongs at the start."""

FORGOTTEN = 12
"""Places where nothing was read are passed over until so many others were looked at."""

SMALLEST = 32
"""Pixels of the short side of a frame below which no writing is looked for: there is none that could be read."""

LEAST_SCORE = 0.6
"""How sure of its characters a reading has to be."""

_FEWEST = 3


@dataclass(frozen=True)
class MarkRead:
    """A line that was read in one picture. place: where it was looked for."""

    place: Place
    line: str
    score: float
    marks: tuple[Mark, ...]
    box: tuple[float, float, float, float]


class WordWatch:
    """Looks at one picture track. Of what it reads it keeps marks, labels and the names that are looked for, and nobody's words
    beside them."""

    def __init__(self, models: WordModels, names: Collection[str] = ()) -> None:
        self._models, self._names = models, names_of(tuple(names))
        self._map = StandingMap()
        self._next, self._from = 0.0, 0.0
        self._passed: list[Place] = []
        self._held: list[Place] = []
        self._seen: list[ScreenMark] = []
        self._open: dict[Mark, int] = {}
        self._last: tuple[float, float] | None = None
        self._shape: tuple[int, ...] = ()
        self.looks = 0

    def see(self, frame: Frame) -> None:
        """Take in a frame where one is due, and read where enough were taken in."""
        shape = frame.shape
        if min(shape) < SMALLEST:
            return
        if shape != self._shape:
            self._shape, self._passed, self._held = shape, [], []
        self._last = frame.t, frame.scale
        if frame.t < max(self._next, self._from) - 1e-3:
            return
        self._map.see(frame)
        self._next = frame.t + STEP
        if frame.t - self._map.start >= WINDOW - 1e-3:
            self._look(frame.t, frame.scale)

    def conclude(self) -> list[ScreenMark]:
        """Everything that was seen, in order of time, after a look at what was not looked at yet."""
        if self._last and self._map.frames and (self._map.frames >= _FEWEST or not self.looks):
            self._look(*self._last)
        return sorted(self._seen, key=lambda seen: (seen.start, seen.name))

    def _look(self, end: float, scale: float) -> None:
        start, image = self._map.start, self._map.darkest
        if self._map.frames == 1:
            told = _told(_read_whole(self._models, self._names, image, scale, 1.0))
        elif not self.looks:
            told = _told(_read_whole(self._models, self._names, image, scale, min(1.0, WHOLE_SIDE / max(image.shape))))
        else:
            new = self._map.places(PLACES, (*self._passed, *self._held))
            told = _told(_read(self._models, self._names, image, [*self._held, *new], scale))
            marked = {one.place for one in told}
            self._passed = [*self._passed, *(place for place in new if place not in marked)][-FORGOTTEN:]
        self._held = list(dict.fromkeys([*self._held, *(one.place for one in told)]))[-KEPT:]
        self._note(told, start, end)
        self.looks += 1
        self._from = end if self.looks < SOON else end + PAUSE
        self._next = self._from
        self._map.clear()

    def _note(self, told: Sequence[MarkRead], start: float, end: float) -> None:
        """Join what was seen in the look before with what is seen in this one; what is not seen any more has ended."""
        still: dict[Mark, int] = {}
        for one in told:
            for mark in one.marks:
                if mark in still:
                    continue
                if (at := self._open.get(mark)) is None:
                    line = quoted(one.line) if mark.kind is MarkKind.NAME else one.line[:LONGEST]
                    self._seen.append(ScreenMark(mark.kind.value, mark.name, line, start, end, one.box, one.score))
                    still[mark] = len(self._seen) - 1
                else:
                    self._seen[at] = replace(self._seen[at], end=end)
                    still[mark] = at
        self._open = still


def marks_at_places(frame: Frame, models: WordModels) -> list[MarkRead]:
    """The marks and labels of one frame by itself, read where writing is likeliest."""
    alone = StandingMap()
    alone.see(frame)
    return _told(_read(models, {}, frame.image, alone.places(PLACES), frame.scale))


def _told(read: Iterable[MarkRead]) -> list[MarkRead]:
    return [one for one in read if one.marks]


def _read(models: WordModels, names: Names, image: Image, places: Sequence[Place], scale: float) -> Iterator[MarkRead]:
    cuttings = [image[place.top : place.bottom, place.left : place.right] for place in places]
    found = models.finder.lines_in_each(cuttings)
    for place, cutting, lines in zip(places, cuttings, found, strict=True):
        yield from _of_lines(models, names, cutting, lines, scale, place)


def _read_whole(models: WordModels, names: Names, image: Image, scale: float, size: float) -> Iterator[MarkRead]:
    """size: how much smaller the picture is where lines are looked for; they are read as they are."""
    yield from _of_lines(models, names, image, models.finder.lines(image, size), scale, None)


def _of_lines(
    models: WordModels, names: Names, image: Image, lines: Sequence[Line], scale: float, place: Place | None
) -> Iterator[MarkRead]:
    """place: which part of the frame the image is; None for all of it."""
    left, top = (place.left, place.top) if place else (0, 0)
    readings = models.reader.read([cut_out(image, line.corners) for line in lines])
    for line, reading in zip(lines, readings, strict=True):
        marks = _marks(reading.text, names) if reading.score >= LEAST_SCORE else ()
        (x1, y1), (x2, y2) = line.corners.min(axis=0).tolist(), line.corners.max(axis=0).tolist()
        box = ((left + x1) * scale, (top + y1) * scale, (left + x2) * scale, (top + y2) * scale)
        about = place or place_about(image, x1, y1, x2, y2)
        yield MarkRead(about, reading.text.strip(), reading.score, marks, box)


def _marks(line: str, names: Names) -> tuple[Mark, ...]:
    return (*marks_in(line), *(Mark(MarkKind.NAME, name) for name in names_in(line, names)))
