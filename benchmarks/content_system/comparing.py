"""What was recorded of a site beside what is true of it."""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.content_system.recorded import Recorded, Statement, one_address
from benchmarks.content_system.truth import TruePage, Truth

_PLAINER = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\xa0": " "})
RIGHT, WRONG, MISSING, SITE_NAME = "right", "wrong", "missing", "right with more around it"


def compare(truth: Truth, recorded: Recorded, told: str = "") -> dict[str, Any]:
    """Figures and, under `wrong`, every single fault. told: what was printed to people, beside the database."""
    urls = recorded.media_urls()
    statements = recorded.statements()
    wrong: list[dict[str, Any]] = []
    figures = {
        **_found(truth, urls, recorded, wrong),
        **_pages(truth, statements, wrong),
        **_facts(truth, statements, wrong),
        "archives": _archives(truth, statements, wrong),
        **_embeds(truth, recorded.everything() + told, wrong),
    }
    return {**figures, "wrong": wrong}


def _found(truth: Truth, urls: Sequence[str], recorded: Recorded, wrong: list[dict[str, Any]]) -> dict[str, Any]:
    found = {one_address(url) for url in urls}
    public = {video.url for video in truth.videos}
    missing = [video for video in truth.videos if video.url not in found]
    for video in missing:
        pages = truth.pages_of(video.url)
        how = sorted({way for page in pages for way in page.how})
        wrong.append({"fault": "video not found", "video": video.url, "pages": [page.url for page in pages], "how": how})
    embedded = {url for embed in truth.embeds for url in (embed.url, embed.media)}
    leaked = sorted(found & set(truth.not_public))
    wrong += [{"fault": "video is not public", "video": url} for url in leaked]
    captured = recorded.captured()
    return {
        "videos": len(public),
        "found": len(public) - len(missing),
        "share_found": _share(len(public) - len(missing), len(public)),
        "captured_with_the_right_bytes": sum(video.sha256 in captured.get(video.url, ()) for video in truth.videos),
        "not_public_found": len(leaked),
        "rows_more_than_files": len(urls) - len(found),
        "rows_of_nothing_public": len(found - public - set(truth.not_public) - set(truth.once_public) - embedded),
    }


def _pages(truth: Truth, statements: Sequence[Statement], wrong: list[dict[str, Any]]) -> dict[str, Any]:
    known = {(said.video, said.page) for said in statements}
    pairs = [(video, page) for page in truth.pages for video in page.videos]
    missing = [(video, page) for video, page in pairs if (video, page.url) not in known]
    wrong += [{"fault": "page not recorded", "video": video, "page": page.url, "how": list(page.how)} for video, page in missing]
    return {"pages_of_videos": len(pairs), "pages_recorded": len(pairs) - len(missing)}


def _facts(truth: Truth, statements: Sequence[Statement], wrong: list[dict[str, Any]]) -> dict[str, Any]:
    """Title, author and date of each page that shows videos: right only if they are right for every video of it."""
    counts = {name: Counter[str]() for name in ("title", "author", "date")}
    all_right = 0
    for page in (page for page in truth.pages if page.videos):
        outcomes = _outcomes(page, statements, wrong)
        all_right += all(outcome == RIGHT for outcome in outcomes.values())
        for name, outcome in outcomes.items():
            counts[name][outcome] += 1
    total = sum(counts["title"].values())
    shares = {f"{name}_share": _share(count[RIGHT], sum(count.values())) for name, count in counts.items()}
    given = {name: dict(count) for name, count in counts.items()}
    return {"posts": total, "all_three_right": all_right, **given, **shares}


def _outcomes(page: TruePage, statements: Sequence[Statement], wrong: list[dict[str, Any]]) -> dict[str, str]:
    said = {video: [each for each in statements if each.video == video and each.page == page.url] for video in page.videos}
    outcomes = {}
    for name in ("title", "author", "date"):
        each = {video: _worst(judged(name, one, page, video) for one in found) for video, found in said.items()}
        if name != "title" and getattr(page, name) is None:
            # A page that names no author has none that could be missing; one that is made up is wrong all the same.
            each = {video: RIGHT if outcome == MISSING else outcome for video, outcome in each.items()}
        outcomes[name] = _worst(each.values())
        for video, outcome in each.items():
            if outcome != RIGHT:
                values = sorted({str(_value(name, one)) for one in said[video]})
                fault = {"fault": f"{name} {outcome}", "page": page.url, "video": video, "how": list(page.how)}
                wrong.append({**fault, "said": values, "true": str(getattr(page, name))})
    return outcomes


def _value(name: str, said: Statement) -> Any:
    return {"title": said.title, "author": said.uploader, "date": said.published_at}[name]


def judged(name: str, said: Statement, page: TruePage, video: str) -> str:
    """One fact of one statement, against a page that shows the video."""
    if name == "date":
        if said.published_at is None:
            return MISSING
        return RIGHT if page.date is not None and abs((said.published_at - page.date).total_seconds()) < 1 else WRONG
    if name == "author":
        if not said.uploader:
            return MISSING
        return RIGHT if page.author is not None and plain(said.uploader) == plain(page.author) else WRONG
    if not said.title:
        return RIGHT if page.title == "Untitled" else MISSING
    titles = [plain(title) for title in (page.title, *page.titles.get(video, ()))]
    if plain(said.title) in titles:
        return RIGHT
    return SITE_NAME if plain(page.title) in plain(said.title) else WRONG


def plain(text: str) -> str:
    """For comparing: without the typography that content systems add, with single blanks."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", html.unescape(text)).translate(_PLAINER)).strip()


def _worst(outcomes: Iterable[str]) -> str:
    """One wrong statement makes the whole wrong; what nobody said is missing."""
    seen = set(outcomes)
    return next((outcome for outcome in (WRONG, SITE_NAME, RIGHT) if outcome in seen), MISSING)


def _archives(truth: Truth, statements: Sequence[Statement], wrong: list[dict[str, Any]]) -> dict[str, int]:
    """Front pages and lists that were recorded as pages of a video: with that post's facts, with none, or with another's."""
    counts = Counter[str]()
    for said in statements:
        if said.page not in truth.archives:
            continue
        counts["recorded"] += 1
        for name in ("title", "author", "date"):
            each = {judged(name, said, page, said.video) for page in truth.pages_of(said.video)}
            outcome = next((one for one in (RIGHT, SITE_NAME, MISSING, WRONG) if one in each), WRONG)
            counts[f"{name} {outcome}"] += 1
            if outcome == WRONG:
                value = str(_value(name, said))
                wrong.append({"fault": f"archive: {name} wrong", "page": said.page, "video": said.video, "said": value})
    return dict(sorted(counts.items()))


def _embeds(truth: Truth, told: str, wrong: list[dict[str, Any]]) -> dict[str, Any]:
    """Players of platforms and of unknown hosts, and moving pictures: found, or said not to be."""
    silent = [embed for embed in truth.embeds if not any(url and url in told for url in (embed.url, embed.media))]
    wrong += [{"fault": f"embed not told: {embed.kind}", "video": embed.url, "pages": list(embed.pages)} for embed in silent]
    return {"embeds": len(truth.embeds), "embeds_told": len(truth.embeds) - len(silent)}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 1.0
