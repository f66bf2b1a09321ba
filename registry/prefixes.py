"""Ids that begin with what somebody typed, found in the index of the ids."""

from typing import Any

from sqlalchemy import ColumnElement, and_, false

_LAST = "\U0010ffff"


def begins_with(column: Any, typed: str) -> ColumnElement[bool]:
    """That a column's text begins with typed: a range of its index, in which no sign has a meaning of its own. Nothing begins
    with nothing, or with a zero or half a sign, which not every database takes."""
    if not typed or any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in typed):
        return false()
    return and_(column >= typed, column < typed + _LAST)
