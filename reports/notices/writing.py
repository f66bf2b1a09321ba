"""The files of a letter: as counsel edits it, as it prints, and what is enclosed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reports.notices.notice import Notice
from reports.notices.stored import letter_of
from reports.render.docx import letter_docx
from reports.render.letter import letter_pdf
from reports.render.whole import write_whole


@dataclass(frozen=True)
class WrittenNotice:
    """enclosures: the folder of the stills. reading: the English copies of a letter in another language, as docx and pdf."""

    docx: Path
    pdf: Path
    enclosures: Path
    reading: tuple[Path, Path] | None = None


def names_of(notice: Notice, out_dir: Path) -> WrittenNotice:
    """Where a letter's files stand in out_dir. An approved letter has files beside the draft's; the enclosures stay."""
    name = f"notice-{notice.id[:12]}"
    letter = name if notice.approved_at is None else f"{name}-approved"
    copies = None
    if letter_of(notice).reading is not None:
        copies = out_dir / f"{letter}-english.docx", out_dir / f"{letter}-english.pdf"
    return WrittenNotice(out_dir / f"{letter}.docx", out_dir / f"{letter}.pdf", out_dir / f"{name}-enclosures", copies)


def write_notice(notice: Notice, out_dir: Path, pictures: Mapping[str, bytes]) -> WrittenNotice:
    """The letter as a DOCX that counsel edits and a PDF of the same, in out_dir under names made from the notice's id, and the
    English copies beside it where it is in another language.

    pictures: of its annex (reports.notices.enclosures.Enclosed). Raises RenderFailed.
    """
    letter, made = letter_of(notice), names_of(notice, out_dir)
    at, draft = notice.approved_at or notice.drafted_at, notice.approved_at is None
    forms = [(letter, made.docx, made.pdf)]
    if letter.reading is not None and made.reading is not None:
        forms.append((letter.reading, *made.reading))
    for each, docx, pdf in forms:
        write_whole(docx, letter_docx(each, at, pictures, draft=draft))
        write_whole(pdf, letter_pdf(each, at, pictures, out_dir, draft=draft))
    return made
