"""Whether what happened in the second week was told: by the run, by the weekly report, and in letters."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from lxml import html as markup

from benchmarks.content_system.operating import Operator
from benchmarks.content_system.recorded import Recorded
from benchmarks.content_system.truth import Change, Truth

_GONE = r"\bgone\b|no longer|\bremoved\b|\bdeleted\b|\b404\b|\b410\b|not there|taken down|is away"
_WORDS = {
    "gone": _GONE,
    "page gone": _GONE,
    "replaced": r"replaced|other bytes|another video|different (video|file|bytes|content)",
    "came back": r"came back|\bback\b|restored|seen again|online again",
    "copy": r"same bytes|identical|\bcop(y|ies)\b|same (file|video)",
    "unchanged": rf"{_GONE}|replaced|other bytes|came back",
}
"""By what is expected: how somebody would say it. For what is unchanged: what must not be said."""
_BY_NAME = ("renamed", "new", "new match")
"""These are told when the name or address is told at all: the new title, the new video."""


def told(truth: Truth, run: Mapping[str, Any], page: str, recorded: Recorded, operator: Operator) -> dict[str, Any]:
    """Each change: whether run and report tell it, with the words; and the letters that can be drafted."""
    in_run, in_report = list(_texts(run)), list(_blocks(page))
    lines = [_line(change, in_run, in_report, recorded) for change in truth.changes]
    letters = list(_letters(truth, recorded, operator))
    asked = [line for line in lines if line["expected"] != "unchanged"]
    return {
        "changes": len(asked),
        "told_by_run": sum(line["run"] for line in asked),
        "told_by_report": sum(line["report"] for line in asked),
        "false_alarms": sum(line["run"] or line["report"] for line in lines if line["expected"] == "unchanged"),
        "letters": len(letters),
        "letters_right": sum(letter["right"] for letter in letters),
        "each": lines,
        "each_letter": letters,
    }


def _line(change: Change, in_run: Sequence[str], in_report: Sequence[str], recorded: Recorded) -> dict[str, Any]:
    run, report = _said(change, in_run), _said(change, in_report)
    line = {"what": change.what, "expected": change.expected, "video": change.video, "page": change.page}
    looks = [f"{look.found} {look.why}".strip() for look in recorded.looks() if look.video == change.video]
    states = sorted(recorded.matches().get(change.video, ()))
    return {
        **line,
        "run": bool(run),
        "report": bool(report),
        "run_words": run,
        "report_words": report,
        "looks": looks,
        "match": states,
    }


def _said(change: Change, texts: Sequence[str]) -> str:
    """The first text that names the thing and says what became of it, shortened; empty if none does."""
    names = _names(change)
    for text in texts:
        if not any(name in text for name in names):
            continue
        if change.expected in _BY_NAME:
            return text[:400]
        bare = text
        for name in sorted(names, key=len, reverse=True):
            bare = bare.replace(name, " ")
        if found := re.search(_WORDS[change.expected], bare, re.IGNORECASE):
            return bare[max(0, found.start() - 150) : found.end() + 150].strip()
    return ""


def _names(change: Change) -> set[str]:
    if change.expected == "renamed":
        return {change.new_title}
    # A page that went is told by its own name: its video may be shown elsewhere.
    given = (change.page, change.title) if change.expected == "page gone" else (change.video, change.page, change.title)
    return {name for url in given if url for name in (url, unquote(url))}


def _texts(said: Any) -> Iterator[str]:
    """Every text in what a command printed as JSON; an object that holds texts is one text, too."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        flat = [str(value) for value in said.values() if isinstance(value, str | int | float)]
        yield " | ".join(flat)
        for value in said.values():
            yield from _texts(value)
    elif isinstance(said, Sequence):
        for value in said:
            yield from _texts(value)


def _blocks(page: str) -> Iterator[str]:
    """The texts of the report's parts that speak of one thing."""
    root = markup.document_fromstring(page)
    for element in root.xpath("//article | //tr | //li | //p | //dd"):
        yield re.sub(r"\s+", " ", " ".join(element.itertext())).strip()
        # Addresses are broken up for display.
        yield re.sub(r"\s+", " ", element.text_content()).strip()


def _letters(truth: Truth, recorded: Recorded, operator: Operator) -> Iterator[dict[str, Any]]:
    cases = recorded.cases()
    for change in truth.changes:
        for case in sorted(cases.get(change.video, ())):
            letter = operator.letter(case)
            says = letter is not None and "available to the public" in letter
            # A video stays available when one of its pages goes; a letter must not name that page.
            wanted = change.expected not in ("gone", "replaced")
            wrong_page = letter is not None and change.expected == "page gone" and change.page in letter
            right = says == wanted and not wrong_page
            drafted = "refused" if letter is None else "says available" if says else "does not say available"
            yield {"what": change.what, "video": change.video, "drafted": drafted, "names_gone_page": wrong_page, "right": right}
