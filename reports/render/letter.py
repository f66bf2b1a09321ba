"""A letter as a PDF."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from reports.notices.base import Block, Letter, Section, Still
from reports.notices.blanks import runs
from reports.notices.enclosures import small_names
from reports.notices.wording import Wording
from reports.render.pdf import check_can_show, render_pdf
from reports.render.plain import clock

TEXT = {"salutation", "paragraphs", "after", "bullets", "facts", "sender", "recipient", "closing", "signature", "concerning"}


def letter_pdf(letter: Letter, at: datetime, pictures: Mapping[str, bytes], scratch: Path, *, draft: bool = True) -> bytes:
    """The letter as PDF/A, its blanks marked, with its annex. pictures: by small_names.

    scratch: as render_pdf has it. Raises RenderFailed, also where no font here has the letter's script.
    """
    data, say = asdict(letter), letter.say
    if say.is_chinese:
        check_can_show(letter.title, say.language.value)
    in_runs = {name: marked(value) for name, value in data.items() if name in TEXT}
    plain = {"title": letter.title, "dated": say.date(letter.dated), "lang": say.language.value, "words": _words(letter, draft)}
    own = {
        "sections": [part(section) for section in letter.sections],
        "missing": list(letter.missing),
        "draft": draft,
        "stills": [_still(number, still, say) for number, still in enumerate(letter.stills, 1)],
    }
    return render_pdf("letter", {**plain, **in_runs, **own}, pictures, at, scratch)


def part(of: Section | Block) -> dict[str, Any]:
    """A section or a block, with the blocks in it, as templates take it."""
    told = {name: marked(value) if name in TEXT else value for name, value in asdict(of).items()}
    return {**told, "blocks": [part(block) for block in (of.blocks if isinstance(of, Section) else ())]}


def _words(letter: Letter, draft: bool) -> dict[str, str]:
    """What the template itself says."""
    say, reference = letter.say, letter.reference[:12]
    foot = "Draft for review by counsel; not legal advice. Reference {number}" if draft else "Reference {number}"
    return {
        "reference": say("Reference {number}", number=reference),
        "foot": say(foot, number=reference),
        "mark": heading_mark(letter, draft=draft),
        "before_sent": say("Before this letter is sent"),
        "completes": say(", counsel completes what is marked in it:"),
        "annex": say("Annex: stills"),
        "numbering": say("1."),
    }


def heading_mark(letter: Letter, *, draft: bool) -> str:
    """What stands above a letter that is not sent: that it is a draft, or a copy to be read; "" above one that is."""
    if letter.is_copy:
        return letter.say("READING COPY: the letter itself is the one in its own language")
    return letter.say("DRAFT") if draft else ""


def _still(number: int, still: Still, say: Wording) -> dict[str, Any]:
    plain, marked = small_names(still)
    head = say("Still {number}", number=str(number))
    shown = say("{still} at {at}", still=head, at=clock(still.t))
    placed = say("{still} at {at} with the place marked", still=head, at=clock(still.t))
    return {"head": head, "caption": caption(still, say), "alts": [shown, placed], "plain": plain, "marked": marked}


def caption(still: Still, say: Wording) -> str:
    """What a still of the annex shows, and the file that is enclosed of it."""
    told = (
        say(
            "{subject} at {at} of the video with the SHA-256 {digest}.",
            subject=still.subject,
            at=clock(still.t),
            digest=still.media_sha256,
        ),
        say("Enclosed as {name} and, with the place marked, as {marked}.", name=still.name, marked=still.marked_name),
        say.recorded(still.others),
    )
    return ("" if say.is_chinese else " ").join(filter(None, told))


def marked(value: Any) -> Any:
    """Each text as its runs, as templates take them: ``[["the deadline is ", false], ["[to be completed: date]", true]]``."""
    if isinstance(value, str):
        return [list(run) for run in runs(value)]
    return [marked(item) for item in value]
