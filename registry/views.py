"""What services tell of rows: frozen dataclasses, and the one way in which any face writes them as fields."""

from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, TypeVar


class View(Protocol):
    """Any dataclass. A field whose name would be a word of Python has an underscore after it: ``from_``."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def as_fields(view: View) -> Mapping[str, Any]:
    """The view's values under the names in which they are written, in its own order; a value stays what it is."""
    return {each.name.removesuffix("_"): getattr(view, each.name) for each in fields(view)}


V = TypeVar("V", bound=View)


def view_of(kind: type[V], row: object, /, **more: object) -> V:
    """A view of a row: each field is the row's column of that name, or what is given here."""
    return kind(**{each.name: more[each.name] if each.name in more else getattr(row, each.name) for each in fields(kind)})
