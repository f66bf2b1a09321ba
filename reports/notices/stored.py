"""A letter as its row keeps it: made once, and read wherever it is told of, without what cuts its pictures."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from reports.notices.base import Letter
from reports.notices.notice import Notice


def dumped(letter: Letter) -> dict[str, Any]:
    """A letter as plain values, as it is stored."""
    plain: dict[str, Any] = _adapter().dump_python(letter, mode="json")
    return plain


def letter_of(notice: Notice) -> Letter:
    """The letter as it was drafted, or approved."""
    return _adapter().validate_python(notice.letter)


@cache
def _adapter() -> TypeAdapter[Letter]:
    # Most commands that know of letters find none, and read none.
    return TypeAdapter(Letter)
