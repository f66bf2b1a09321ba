"""Numbers as a spreadsheet shows them: 123 in the format 00000 is read as 00123 by whoever looks at the sheet."""

import re

_ASIDE = re.compile(r"\[[^\]]*\]|[_*].")
"""Colours, countries and widths in a number's format: nothing of it is shown."""
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|([0#?])|([-+/(): ])')


def as_shown(number: int, form: str) -> str:
    """A whole number in a format that fixes its digits or sets signs between them (00000, 000-000, "A-"0000); plain in others."""
    digits = str(abs(number))
    if number < 0 or (parts := _parts(_ASIDE.sub("", form.split(";")[0]))) is None:
        return str(number)
    places = sum(sign is None for sign, _ in parts)
    shown: list[str] = []
    for sign, needed in reversed(parts):
        if sign is not None:
            shown.append(sign)
            continue
        places -= 1
        taken, digits = (digits, "") if not places else (digits[-1:], digits[:-1])
        shown.append(taken or ("0" if needed else ""))
    return "".join(reversed(shown)).strip()


def _parts(form: str) -> list[tuple[str | None, bool]] | None:
    """The format as signs and places for digits (None, whether a zero stands there at least); None for one that is more."""
    found: list[tuple[str | None, bool]] = []
    place = 0
    while place < len(form):
        token = _TOKEN.match(form, place)
        if token is None:
            return None
        place = token.end()
        quoted, escaped, digit, sign = token.groups()
        found.append(
            (None, digit == "0") if digit else (next(text for text in (quoted, escaped, sign) if text is not None), False)
        )
    return found if any(sign is None for sign, _ in found) else None
