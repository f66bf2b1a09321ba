"""Strangers' text made fit to print: nothing invisible stays invisible, nothing reorders what stands beside it."""

import math
import unicodedata
from collections.abc import Collection, Iterable, Sequence, Set
from datetime import UTC, datetime

from matcher.bands import band

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's categories of what has no picture of its own: controls, format (bidi among them), surrogates, private, unassigned."""

JOINERS = {"\u200c", "\u200d"}
"""They shape Persian, Indic and emoji sequences and reorder nothing, so they may stay where a program shapes text itself."""


def code_point(character: str) -> str:
    """A character that must not stand in a text, by its number: ``⟨U+202E⟩``."""
    return f"⟨U+{ord(character):04X}⟩"


def show_unseen(text: str, keep: Set[str] = frozenset()) -> str:
    """The text on one line, with what cannot be seen written out as ⟨U+202E⟩."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character, keep) for character in text)


def _shown(character: str, keep: Set[str]) -> str:
    if character in keep:
        return character
    if character in "\t\n\r":
        return " "
    return code_point(character) if unicodedata.category(character) in UNSEEN else character


def shorten(text: str, most: int) -> str:
    """At most so many characters; an ellipsis says where something was left out."""
    return text if len(text) <= most else text[: most - 1] + "…"


def clock(seconds: float) -> str:
    """A time in a video: ``0:05.2``, ``1:02:03.4``."""
    tenths = max(0, round(seconds * 10))
    hours, rest = divmod(tenths, 36000)
    minutes, rest = divmod(rest, 600)
    head = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{head}:{rest // 10:02}.{rest % 10}"


def span(start: float, end: float) -> str:
    """From one time of a video to another, in seconds: ``0:03 – 0:12``."""
    return f"{clock(start)} – {clock(end)}"


def places(start: float, end: float, spans: Sequence[Sequence[float]], track: int) -> str:
    """Where something is seen: ``0:00.2 – 8:01.4``, in how many places of that, and in which track where there are several."""
    in_places = f", in {len(spans)} places" if spans else ""
    return span(start, end) + in_places + (f", in track {track}" if track else "")


def part(start: float | None, end: float | None, best: float, spans: Sequence[Sequence[float]]) -> str:
    """Which seconds of a reference that has a length are seen or heard again, as the end of a line; "" of any other.

    best: the clearest second. spans: of joined stretches, of which the seconds are the clearest one's alone.
    """
    if start is None or end is None:
        return ""
    more = len(spans) - 1
    if more < 1:
        return f": {span(start, end)} of the reference"
    said = f"; the clearest, at {clock(best)}, is {span(start, end)} of the reference, and {more} more"
    return f"{said} {'stretch' if more == 1 else 'stretches'} a part each"


def looked_part(share: float, frames: int) -> str:
    """How much of a file was looked at that was looked at in part. frames: that were; none where it was only listened to."""
    if 0 < share < 1 or (frames and not share):
        return f"{percent(share)} of it"
    return "all of its pictures" if frames else "its sound alone"


def percent(share: float) -> str:
    """A share from 0 to 1, rounded down: what is not whole is never 100 %."""
    return "less than 1 %" if 0 < share < 0.01 else f"{int(share * 100 + 1e-9)} %"


def day(at: datetime) -> str:
    """``20 November 2026``, in UTC."""
    return at.astimezone(UTC).strftime("%-d %B %Y")


def moment(at: datetime) -> str:
    """``20 November 2026, 17:00 UTC``."""
    return at.astimezone(UTC).strftime("%-d %B %Y, %H:%M UTC")


def clock_of(at: datetime) -> str:
    """``17:00:05 UTC``, where the day is known."""
    return at.astimezone(UTC).strftime("%H:%M:%S UTC")


def false_matches(expected: float) -> str:
    """Expected false matches in words: about so many in 1,000 videos without any enrolled subject."""
    if expected < 0.01:
        return "fewer than 0.01 in 1,000 videos"
    digits = f"{expected:.0f}" if expected >= 10 else f"{expected:.1f}" if expected >= 0.1 else f"{expected:.2f}"
    return f"about {digits} in 1,000 videos"


def chance(expected: float) -> str:
    """How sure a match is: its band, and how often chance alone gives one as strong."""
    return f"{false_matches(expected)} without anybody enrolled: a {band(expected)} match"


NO_WEIGHT = "No likelihood ratio is given: none was fitted and tested for this pack, modality and kind when the match was found."
PLAYED = "the character is played by the person matched here"
"""The reason of a character's match: it is an actor's, and nothing of the character's own was compared."""

OF_WHO_PLAYS = "No likelihood ratio is given: it is the person who plays the character who was compared, and not the character."
PROPOSITIONS = "if the appearance shows the subject as if it shows somebody else, taken at random from people like those measured"
"""The two that a likelihood ratio holds against each other."""


def weight(ratio: float | None, most: float | None, reasons: Collection[str]) -> str:
    """What a score says for or against the subject, in words: its likelihood ratio, or why there is none. reasons: its own."""
    if ratio is None or most is None:
        return OF_WHO_PLAYS if PLAYED in reasons else NO_WEIGHT
    bound = f"Bounded by the data: no more than {significant(most)} is ever said."
    if ratio >= 1:
        times = significant(ratio)
        return f"Likelihood ratio {times}: such a score is about {times} times as likely {PROPOSITIONS}. {bound}"
    less = f"it is about {significant(1 / ratio)} times as likely if it shows somebody else"
    return f"Likelihood ratio {ratio:.2g}: such a score speaks against the subject; {less}. {bound}"


ABOUT_WEIGHT = (
    "A likelihood ratio holds two propositions against each other: that the appearance shows the subject, and that it shows "
    "somebody else, taken at random from people like those measured. It is the weight of one comparison and not the chance that "
    "the match is right: that depends on everything else that is known, and on how many were compared, which the expected false "
    "matches count. Where a subject is looked for in several ways, such as by face and by voice, their expected false matches "
    "add. No ratio of several ways together is given, because none was fitted and tested."
)


def about_weight(ratios: Iterable[float | None]) -> tuple[str, ...]:
    """How likelihood ratios are read, where any is given."""
    return (ABOUT_WEIGHT,) if any(ratio is not None for ratio in ratios) else ()


def significant(number: float) -> str:
    """A number above 1 with two digits that count, rounded down: ``1,200``."""
    step = 10 ** max(int(math.log10(max(number, 1.0))) - 1, 0)
    whole = math.floor(number / step + 1e-9) * step
    return f"{whole:,}" if number >= 10 else f"{math.floor(number * 10 + 1e-9) / 10:g}"


def size(count: int) -> str:
    """A number of bytes for people."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{count} bytes"
