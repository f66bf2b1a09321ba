"""What people type into forms, read: days, years and choices. What cannot be read is said in words of the form."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar

from monitor.web.asked import Who
from registry.errors import SemblanceError
from registry.tenancy import by_way_of

Choice = TypeVar("Choice", bound=StrEnum)


class NotTyped(SemblanceError):
    """Something in a form that cannot be read."""


def day_of(typed: str, what: str) -> date | None:
    """A day; None for nothing. what: which one it is. Raises NotTyped."""
    try:
        return date.fromisoformat(typed.strip()) if typed.strip() else None
    except ValueError as error:
        raise NotTyped(f"{typed.strip()[:40]!r} is no day: {what}.", "Write it as 2026-11-29.") from error


def start_of_day(typed: str, what: str) -> datetime | None:
    """The first moment of a day, UTC; None for nothing. Raises NotTyped."""
    day = day_of(typed, what)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day is not None else None


def one_of(kind: type[Choice], typed: str) -> Choice:
    """Raises NotTyped for what is no choice."""
    try:
        return kind(typed)
    except ValueError as error:
        raise NotTyped(f"{typed[:40]!r} is none of the choices.", f"Choose one of: {', '.join(kind)}.") from error


def maybe_one_of(kind: type[Choice], typed: str) -> Choice | None:
    """As one_of; None for nothing."""
    return one_of(kind, typed) if typed else None


def years_of(typed: str) -> tuple[int, int] | None:
    """Years as 1998 or 1995-1999; None for nothing. Raises NotTyped."""
    first, _, last = typed.replace("–", "-").partition("-")
    if not typed.strip():
        return None
    if not (first.strip().isdecimal() and (last or first).strip().isdecimal() and len(typed) < 20):
        raise NotTyped(f"{typed[:40]!r} are no years.", "Write them as 1998 or 1995-1999.")
    return int(first), int(last or first)


def parts_of(typed: str) -> list[str]:
    """Words that commas or spaces part."""
    return typed.replace(",", " ").split()


def who_looked(who: Who, typed: str) -> str:
    """Who looked at something: whoever is named, by an account with its own name, and else whoever asks. Raises NotTyped."""
    name = " ".join(typed.split()) or who.name
    if not name:
        raise NotTyped("It is not said who looked at it.", "Give the person's name.")
    return name if who.caller is None else by_way_of(name, who.caller)
