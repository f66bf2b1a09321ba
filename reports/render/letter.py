"""A letter as a PDF."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from reports.notices.base import Letter, Still, runs
from reports.notices.enclosures import small_names
from reports.render.pdf import render_pdf
from reports.render.plain import clock

TEXT = {"salutation", "paragraphs", "after", "bullets", "facts", "sender", "recipient", "closing", "signature", "concerning"}


def letter_pdf(letter: Letter, at: datetime, pictures: Mapping[str, bytes], scratch: Path, *, draft: bool = True) -> bytes:
    """The letter as PDF/A, its blanks marked, with its annex. pictures: by small_names.

    scratch: as render_pdf has it. Raises RenderFailed.
    """
    data = asdict(letter)
    marked = {name: _marked(value) for name, value in data.items() if name in TEXT}
    plain = {"title": letter.title, "reference": letter.reference[:12], "dated": f"{letter.dated.day} {letter.dated:%B %Y}"}
    own = {
        "sections": [_part(section) for section in data["sections"]],
        "missing": list(letter.missing),
        "draft": draft,
        "stills": [_still(number, still) for number, still in enumerate(letter.stills, 1)],
    }
    return render_pdf("letter", {**plain, **marked, **own}, pictures, at, scratch)


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    """A section or a block, with the blocks in it."""
    told = {name: _marked(value) if name in TEXT else value for name, value in part.items()}
    return {**told, "blocks": [_part(block) for block in part.get("blocks", ())]}


def _still(number: int, still: Still) -> dict[str, Any]:
    plain, marked = small_names(still)
    return {"number": number, "caption": caption(still), "at": clock(still.t), "plain": plain, "marked": marked}


def caption(still: Still) -> str:
    """What a still of the annex shows, and the file that is enclosed of it."""
    told = (
        f"{still.subject} at {clock(still.t)} of the video with the SHA-256 {still.media_sha256}.",
        f"Enclosed as {still.name} and, with the place marked, as {still.marked_name}.",
        still.others,
    )
    return " ".join(filter(None, told))


def _marked(value: Any) -> Any:
    """Each text as its runs: ``[["the deadline is ", false], ["[to be completed: date]", true]]``."""
    if isinstance(value, str):
        return [list(run) for run in runs(value)]
    return [_marked(item) for item in value]
