"""Names that people give to parties and subjects."""

import unicodedata
from typing import Any

from sqlalchemy import event

from registry.errors import RegistryError

LONGEST = 200


class NameRefused(RegistryError):
    """A name that cannot be kept."""


def clean_name(name: str, what: str) -> str:
    """The name in Unicode's composed form with single spaces. Raises NameRefused; what says whose name it is."""
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not cleaned:
        raise NameRefused(f"The name of a {what} is empty.", "Give a name with at least one letter.")
    if len(cleaned) > LONGEST:
        raise NameRefused(f"The name of a {what} has {len(cleaned)} characters.", f"Give one of at most {LONGEST}.")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in cleaned):
        raise NameRefused(f"The name of a {what} holds a control character.", "Type the name anew instead of pasting it.")
    return cleaned


def name_key(name: str) -> str:
    """The name as it is compared: two are the same that differ in nothing but case and spacing."""
    return " ".join(name.split()).casefold()


def file_word(name: str) -> str:
    """A name as part of a file's; what is not a plain letter or digit becomes a hyphen."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower())
    return "-".join(part for part in plain.split("-") if part)[:60] or "party"


def keep_name_key(table: type) -> None:
    """See that each row's column name_key follows its name, whoever writes it, so that an index answers whatever the case."""

    def follow(_mapper: Any, _connection: Any, row: Any) -> None:
        row.name_key = name_key(row.name)

    event.listen(table, "before_insert", follow)
    event.listen(table, "before_update", follow)
