"""Reading a site as a visitor's program does, for what is true of it and to keep its documents."""

import html
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from benchmarks.content_system.truth import Truth, write_truth

_ADDRESS = re.compile(r"<loc>([^<]+)</loc>")


def fetched(url: str) -> str:
    """The page's text, of any status."""
    try:
        with urlopen(url) as answer:
            return str(answer.read().decode("utf-8", "replace"))
    except HTTPError as error:
        return error.read().decode("utf-8", "replace")


def listed(sitemap: str) -> list[str]:
    """The pages of a sitemap, or of the sitemaps that it lists."""
    text = fetched(sitemap)
    inside = _ADDRESS.findall(text)
    return [url for each in inside for url in listed(each)] if "<sitemapindex" in text else inside


def archives_of(sitemap: str, fronts: Sequence[str], pages: set[str], videos: set[str]) -> dict[str, list[str]]:
    """The front pages, and the other pages of the sitemap: whose markup holds which videos' addresses, as paths or whole."""
    paths = {video: "/" + video.partition("://")[2].partition("/")[2] for video in videos}
    found = {}
    for url in dict.fromkeys([*fronts, *listed(sitemap)]):
        if url not in pages:
            text = html.unescape(fetched(url)).replace("\\/", "/")
            found[url] = sorted(video for video, path in paths.items() if path in text)
    return {url: shown for url, shown in found.items() if shown}


def save_pages(truth: Truth, folder: Path, more: Iterable[str] = ()) -> None:
    """The site's documents as it sends them, with a list of their addresses and the truth."""
    folder.mkdir(parents=True, exist_ok=True)
    addresses = [truth.feed, truth.sitemap, *listed(truth.sitemap), *(page.url for page in truth.pages), *truth.archives]
    addresses += [*(page for embed in truth.embeds for page in embed.pages), *more]
    lines = []
    for url in dict.fromkeys(addresses):
        name = re.sub("[^A-Za-z0-9]+", "-", url.partition("://")[2].partition("/")[2]).strip("-") or "home"
        name += ".xml" if url == truth.feed or name.endswith("xml") else ".html"
        (folder / name).write_text(fetched(url), encoding="utf-8")
        lines.append(f"{name}\t{url}\n")
    (folder / "addresses.tsv").write_text("".join(lines), encoding="utf-8")
    write_truth(truth, folder / "truth.json")
