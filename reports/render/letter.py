"""A letter as a PDF."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from reports.notices.base import Letter, runs
from reports.render.pdf import render_pdf

TEXT = {"salutation", "paragraphs", "after", "bullets", "facts", "sender", "recipient", "closing", "signature", "concerning"}


def letter_pdf(letter: Letter, at: datetime) -> bytes:
    """The letter as PDF/A, its blanks marked. Raises RenderFailed."""
    data = asdict(letter)
    marked = {name: _marked(value) for name, value in data.items() if name in TEXT}
    sections = [{name: _marked(value) if name in TEXT else value for name, value in part.items()} for part in data["sections"]]
    plain = {"title": letter.title, "reference": letter.reference[:12], "dated": f"{letter.dated.day} {letter.dated:%B %Y}"}
    return render_pdf("letter", {**plain, **marked, "sections": sections, "missing": list(letter.missing)}, {}, at)


def _marked(value: Any) -> Any:
    """Each text as its runs: ``[["the deadline is ", false], ["[to be completed: date]", true]]``."""
    if isinstance(value, str):
        return [list(run) for run in runs(value)]
    return [_marked(item) for item in value]
