"""The draft of a certification as a PDF."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from reports.notices.base import Section
from reports.render.letter import marked, part
from reports.render.pdf import render_pdf


class Draft(Protocol):
    """A certification that is not signed; see reports.evidence.certificate."""

    @property
    def title(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def concerning(self) -> str: ...
    @property
    def sections(self) -> Sequence[Section]: ...
    @property
    def declaration(self) -> Sequence[str]: ...
    @property
    def signature(self) -> Sequence[str]: ...
    @property
    def before(self) -> Sequence[str]: ...


def certificate_pdf(draft: Draft, at: datetime, scratch: Path) -> bytes:
    """The draft as PDF/A, its blanks marked. scratch: as render_pdf has it. Raises RenderFailed."""
    data = {
        "title": draft.title,
        "reference": draft.reference[:12],
        "concerning": marked(draft.concerning),
        "sections": [part(section) for section in draft.sections],
        "declaration": marked(list(draft.declaration)),
        "signature": marked(list(draft.signature)),
        "before": list(draft.before),
    }
    return render_pdf("certificate", data, {}, at, scratch)
