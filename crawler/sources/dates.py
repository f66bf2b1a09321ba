"""Dates as strangers state them: ISO 8601, RFC 2822, and words; with or without a zone, ambiguous, in the future, impossible."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_DATE = 64
SLACK = timedelta(days=1)
"""How far ahead of us a stated date may lie: zones that are not stated, and clocks that go wrong."""

_MONTHS = (
    *(("jan", "ene", "янв"), ("feb", "fev", "fév", "фев"), ("mar", "mär", "мар"), ("apr", "avr", "abr", "апр")),
    *(("may", "mai", "mag", "май", "мая"), ("jun", "juin", "giu", "июн"), ("jul", "juil", "lug", "июл")),
    *(("aug", "aoû", "ago", "авг"), ("sep", "set", "сен"), ("oct", "okt", "out", "ott", "окт"), ("nov", "ноя")),
    *(("dec", "dez", "déc", "dic", "дек"),),
)
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20|21)\d\d)\s?[-./年]\s?(\d{1,2})\s?[-./月]\s?(\d{1,2})(?!\d)")
_DAY_MONTH = re.compile(
    r"(?<![\d.])(\d{1,2})(?:st|nd|rd|th|er|º|\.)?\s+(?:de\s+)?([^\W\d_]{3,10})\.?,?\s+(?:de\s+)?((?:19|20|21)\d\d)(?!\d)"
)
_MONTH_DAY = re.compile(r"(?<![^\W\d_])([^\W\d_]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20|21)\d\d)(?!\d)")
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?((?:19|20|21)\d\d)(?!\d)")
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/((?:19|20|21)\d\d)(?!\d)")


@dataclass(frozen=True)
class Stated:
    """A moment in UTC, and what is to be said of how it was stated; both empty for what is no date."""

    moment: datetime | None = None
    note: str = ""
    zoned: bool = False


def when(text: object) -> datetime | None:
    """A moment from ISO 8601 or RFC 2822 text, in UTC; without a zone it counts as UTC. None for anything else."""
    return stated(text).moment


def stated(text: object) -> Stated:
    """What ISO 8601 or RFC 2822 text states."""
    if not isinstance(text, str) or not 4 <= len(text.strip()) <= MAX_DATE:
        return Stated()
    written = text.strip()
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(re.sub(r"\s(?:UTC|GMT)$", "+00:00", written) if read is datetime.fromisoformat else written)
            zoned = moment.tzinfo is not None
            moment = moment.astimezone(UTC) if zoned else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
        if not 1990 <= moment.year <= 2200:
            return Stated()
        return Stated(moment, "" if zoned else no_zone(written), zoned)
    return Stated()


def in_words(text: str) -> Stated:
    """The day that a text names in words or figures, where only one day can be meant: 3/4/2026 is none."""
    text = text[:200]
    if (direct := stated(text)).moment is not None:
        return direct
    for pattern, order in ((_YEAR_FIRST, "ymd"), (_DAY_MONTH, "dmy"), (_MONTH_DAY, "mdy"), (_DOTTED, "dmy")):
        if found := pattern.search(text):
            parts = dict(zip(order, found.groups(), strict=True))
            return _day(parts["y"], _month(parts["m"]), parts["d"], found[0])
    if found := _SLASHED.search(text):
        first, second = int(found[1]), int(found[2])
        if first > 12 or first == second:
            return _day(found[3], second, found[1], found[0])
        if second > 12:
            return _day(found[3], first, found[2], found[0])
    return Stated()


def no_zone(written: str) -> str:
    """The note about a date without a time zone."""
    return f'The date is stated without a time zone ("{written}"); it counts as UTC.'


def in_the_future(written: str) -> str:
    """The note about a date that has not come."""
    return f'The date that is stated lies in the future ("{written}"); it is not taken as the day of publication.'


def is_ahead(moment: datetime, seen: datetime | None) -> bool:
    """Whether a date is one that cannot have come when it was seen. seen: None where that is not known."""
    return seen is not None and moment > seen + SLACK


def _month(text: str) -> int:
    if text.isdecimal():
        return int(text)
    low = text.lower()
    return next((number for number, starts in enumerate(_MONTHS, 1) if low.startswith(starts)), 0)


def _day(year: str, month: int, day: str, written: str) -> Stated:
    try:
        return Stated(datetime(int(year), month, int(day), tzinfo=UTC), no_zone(written))
    except ValueError:
        return Stated()
