"""Whether what happened in the second week was told: by the run, by the weekly report, and in letters."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from lxml import html as markup  # type: ignore[import-untyped]

from benchmarks.content_system.operating import AVAILABLE, Operator
from benchmarks.content_system.recorded import Recorded
from benchmarks.content_system.truth import Change, Truth

_GONE = r"\bgone\b|no longer|\bremoved\b|\bdeleted\b|\b404\b|\b410\b|not there|taken down|is away"
_REPLACED = r"replaced|other bytes|another video|different (video|file|bytes|content)"
_WORDS = {
    "gone": _GONE,
    "page gone": _GONE,
    "replaced": _REPLACED,
    "came back": r"came back|\bback\b|restored|seen again|online again",
    "copy": r"same bytes|identical|\bcop(y|ies)\b|same (file|video)",
}
"""By what is expected: how somebody would say it. What was renamed or newly matched is told when it is named."""
_FALSE = {
    "gone": _REPLACED,
    "replaced": _GONE,
    "renamed": f"{_GONE}|{_REPLACED}",
    "new match": f"{_GONE}|{_REPLACED}",
    "unchanged": f"{_GONE}|{_REPLACED}|came back",
}
"""What would be wrong to say. A page that went, and what was away and is back, may be told with any of these words."""
_NEWLY_FOUND = re.compile(r"(\d+)\s*videos newly found")


def told(
    truth: Truth, run: Mapping[str, Any], page: str, recorded: Recorded, operator: Operator, days: int = 0
) -> dict[str, Any]:
    """Each change: whether run and report tell it, with the words; and the letters that can be drafted."""
    in_run, in_report = [*_listed(run), *_texts(run)], list(_blocks(page))
    lines = [_line(change, in_run, in_report, recorded) for change in truth.changes]
    for line in lines:
        # A run counts its new matches; the list of matches names them.
        line["run"] = line["run"] or (line["expected"] == "new match" and "pending" in line["match"] and bool(run["new_matches"]))
    letters = list(_letters(truth, recorded, operator, days))
    asked = [line for line in lines if line["expected"] != "unchanged"]
    newly = _NEWLY_FOUND.search(markup.document_fromstring(page).text_content())
    return {
        "changes": len(asked),
        "told_by_run": sum(line["run"] for line in asked),
        "told_by_report": sum(line["report"] for line in asked),
        "told_falsely": sum(bool(line["false_words"]) for line in lines),
        "newly_found_by_run": run["new_videos"],
        "newly_found_by_report": int(newly[1]) if newly else None,
        "letters": len(letters),
        "letters_right": sum(letter["right"] for letter in letters),
        "each": lines,
        "each_letter": letters,
    }


def _line(change: Change, in_run: Sequence[str], in_report: Sequence[str], recorded: Recorded) -> dict[str, Any]:
    words = _WORDS.get(change.expected, "")
    run, report = ("", "") if change.expected == "unchanged" else (_said(change, in_run, words), _said(change, in_report, words))
    false = _said(change, [*in_run, *in_report], _FALSE[change.expected]) if change.expected in _FALSE else ""
    looks = [f"{look.found} {look.why}".strip() for look in recorded.looks() if look.video == change.video]
    return {
        "what": change.what,
        "expected": change.expected,
        "video": change.video,
        "page": change.page,
        "run": bool(run),
        "report": bool(report),
        "run_words": run,
        "report_words": report,
        "false_words": false,
        "looks": looks,
        "match": sorted(recorded.matches().get(change.video, ())),
    }


def _said(change: Change, texts: Sequence[str], words: str) -> str:
    """The first text that names the thing and says so of it, shortened; without words, that names it; empty if none does."""
    names = _names(change)
    for text in texts:
        if not any(name in text for name in names):
            continue
        if not words:
            return text[:400]
        bare = text
        for name in sorted(names, key=len, reverse=True):
            bare = bare.replace(name, " ")
        if found := re.search(words, bare, re.IGNORECASE):
            return bare[max(0, found.start() - 150) : found.end() + 150].strip()
    return ""


def _names(change: Change) -> set[str]:
    if change.expected == "renamed":
        return {change.new_title}
    # A page that went is told by its own name: its video may be shown elsewhere.
    given = (change.page, change.title) if change.expected == "page gone" else (change.video, change.page, change.title)
    return {name for url in given if url for name in (url, unquote(url))}


def _listed(run: Mapping[str, Any]) -> Iterator[str]:
    """What a run lists under a word: the word and the address, as it prints them."""
    for word in ("gone", "replaced", "back"):
        yield from (f"{word}: {entry}" for entry in run.get(word, ()))


def _texts(said: Any) -> Iterator[str]:
    """Every text in what a command printed as JSON; an object that holds texts is one text, too."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        yield " | ".join(value for value in said.values() if isinstance(value, str))
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


def _letters(truth: Truth, recorded: Recorded, operator: Operator, days: int) -> Iterator[dict[str, Any]]:
    cases = recorded.cases()
    for change in truth.changes:
        for case in sorted(cases.get(change.video, ())):
            yield _letter(change, truth, operator.letter(case, days))


def _letter(change: Change, truth: Truth, letter: str | None) -> dict[str, Any]:
    """Right is a letter that says that a video is available if it is, and names all pages that show it and none that went."""
    says = letter is not None and re.search(AVAILABLE.format(re.escape(change.video)), letter) is not None
    # A video stays available when one of its pages goes.
    wanted = change.expected not in ("gone", "replaced")
    pages = [page.url for page in truth.pages_of(change.video)] if wanted else []
    unnamed = [url for url in pages if letter is None or url not in letter]
    stale = bool(letter) and change.expected == "page gone" and _named_as_there(change.page, letter or "")
    drafted = "refused" if letter is None else "says available" if says else "does not say available"
    right = says == wanted and not unnamed and not stale
    return {
        "what": change.what,
        "video": change.video,
        "drafted": drafted,
        "pages_not_named": unnamed,
        "names_gone_page": stale,
        "right": right,
    }


def _named_as_there(url: str, letter: str) -> bool:
    place = letter.find(url)
    return place >= 0 and not re.search(_GONE, letter[max(0, place - 200) : place + len(url) + 200], re.IGNORECASE)
