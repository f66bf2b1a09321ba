"""A letter as plain text: for a mail, and for the fields of a form."""

from collections.abc import Iterator

from reports.notices.base import Block, Letter, Section


def letter_text(letter: Letter, signed: str = "") -> str:
    """The whole letter, in its own words and order. signed: the name of whoever signs electronically."""
    parts = [
        "\n".join(letter.sender),
        "\n".join(letter.recipient),
        f"{letter.dated}\nReference: {letter.reference}",
        letter.concerning,
        letter.salutation,
        *(section_text(section) for section in letter.sections),
        "\n".join(letter.closing),
        "\n".join(letter.signature),
        f"Signed electronically: {signed}" if signed else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def section_text(section: Section) -> str:
    """A section with its heading."""
    lines = [section.heading, *section.paragraphs, *_facts(section), *(f"- {bullet}" for bullet in section.bullets)]
    for block in section.blocks:
        lines += ["", block.heading, *block.paragraphs, *_facts(block)]
    return "\n".join([*lines, *section.after])


def _facts(part: Section | Block) -> Iterator[str]:
    yield from (f"{name}: {value}" for name, value in part.facts)
