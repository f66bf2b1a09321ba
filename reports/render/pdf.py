"""PDF/A through typst. The only importer of typst.

Data goes in beside the template as JSON and picture files: no word of it is ever part of the markup. The template stands alone,
so nothing is fetched.
"""

import json
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from reports.errors import RenderFailed
from reports.render.glyphs import Face, FontCoverage, ascii_only
from reports.render.pdf_streams import settled

ARCHIVAL: list[Any] = ["a-2b"]
ACCESSIBLE: list[Any] = ["a-2b", "ua-1"]
HOLDING: list[Any] = ["a-3b"]
HOLDING_ACCESSIBLE: list[Any] = ["a-3a", "ua-1"]


def render_pdf(
    template: str,
    data: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    at: datetime,
    scratch: Path,
    attached: Mapping[str, bytes] | None = None,
    *,
    for_courts: bool = False,
) -> bytes:
    """A PDF/A-2b (and PDF/UA-1) of ``templates/<template>.typ``, dated at; a PDF/A-3a with attached files, and for_courts.

    data: anything JSON can hold; the template reads it as ``data.json``. pictures: JPEG or PNG by the file name that data
    uses. attached: files by the name that data uses, which the template attaches. scratch: a folder for the pictures while it is
    at work, references in the clear among them: the one in which the document is made. Text that no font at hand can show is
    written out. Raises RenderFailed.
    """
    # A font may have a character and still not the shape its neighbours ask for, and PDF/UA has rules that depend on the text:
    # what cannot be had in the best form is given in a plainer one.
    best, plain = (HOLDING_ACCESSIBLE, HOLDING) if attached or for_courts else (ACCESSIBLE, ARCHIVAL)
    attempts = ((best, coverage().printable), (plain, coverage().printable), (plain, ascii_only))
    beside = {**pictures, **(attached or {})}
    for standards, shown in attempts:
        try:
            return _compile(template, data, beside, at, shown, standards, scratch)
        except RuntimeError as error:  # TypstError is one, and so are the binding's own
            last = error
    raise RenderFailed(
        f"The {template} could not be typeset: {last}.", "Report this; the HTML page or the DOCX says the same."
    ) from last


def _compile(
    template: str,
    data: Mapping[str, Any],
    beside: Mapping[str, bytes],
    at: datetime,
    shown: Callable[[str], str],
    standards: list[Any],
    scratch: Path,
) -> bytes:
    with tempfile.TemporaryDirectory(prefix=".pdf-", dir=scratch) as folder:
        root = Path(folder)
        for file in files("reports.render").joinpath("templates").iterdir():
            if file.name.endswith(".typ"):
                (root / file.name).write_bytes(file.read_bytes())
        for name, content in beside.items():
            (root / name).write_bytes(content)
        given = {"fonts": list(coverage().families), "date": [at.year, at.month, at.day], **data}
        (root / "data.json").write_text(json.dumps(_each_text(given, shown)), encoding="utf-8")
        made = typst.compile(
            root / f"{template}.typ",
            root=root,
            font_paths=_fonts(),
            ignore_system_fonts=True,  # they are among those
            format="pdf",
            pdf_standards=standards,
            # typst refuses fractions of a second.
            timestamp=at.astimezone(UTC).replace(microsecond=0),
        )
    if not isinstance(made, bytes):
        raise RenderFailed(f"The {template} came out as no PDF.", "Report this.")
    return settled(made)


def _each_text(value: Any, shown: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, Mapping):
        return {key: _each_text(item, shown) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(item, shown) for item in value]
    return value


def check_can_show(text: str, script: str) -> None:
    """Raises RenderFailed where the fonts of this machine lack what a text needs. script: its name for people."""
    if coverage().printable(text) != text:
        raise RenderFailed(
            f"No font on this machine shows the letters of {script}.", "Install one, such as Noto Sans CJK (fonts-noto-cjk)."
        )


@cache
def coverage() -> FontCoverage:
    """What the fonts of this machine can show; found once per process."""
    found = _fonts().fonts()
    return FontCoverage([Face(font.family, font.path, font.index, font.weight, font.style) for font in found])


@cache
def _fonts() -> typst.Fonts:
    """Those of this machine and those inside typst, looked for once per process."""
    return typst.Fonts(include_system_fonts=True)
