"""A letter as plain text: for a mail, and for the fields of a form."""

from collections.abc import Iterator

from reports.notices.base import Block, Letter, Section
from reports.notices.wording import Wording


def letter_text(letter: Letter, signed: str = "") -> str:
    """The whole letter, in its own words and order. signed: the name of whoever signs electronically."""
    say = letter.say
    parts = [
        "\n".join(letter.sender),
        "\n".join(letter.recipient),
        f"{say.date(letter.dated) if say.is_chinese else letter.dated}\n{say('Reference: {number}', number=letter.reference)}",
        letter.concerning,
        letter.salutation,
        *(section_text(section, say) for section in letter.sections),
        "\n".join(letter.closing),
        "\n".join(letter.signature),
        say("Signed electronically: {who}", who=signed) if signed else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def section_text(section: Section, say: Wording) -> str:
    """A section with its heading."""
    lines = [section.heading, *section.paragraphs, *_facts(section, say), *(f"- {bullet}" for bullet in section.bullets)]
    for block in section.blocks:
        lines += ["", block.heading, *block.paragraphs, *_facts(block, say)]
    return "\n".join([*lines, *section.after])


def _facts(part: Section | Block, say: Wording) -> Iterator[str]:
    yield from (say("{name}: {value}", name=name, value=value) for name, value in part.facts)
