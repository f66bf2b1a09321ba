"""Where a page leads."""

from crawler.sources.base import Collected, looks_like_video
from crawler.sources.players import scheme_of
from crawler.sources.properties import refreshed
from crawler.sources.tree import Tree
from crawler.types import SourceKind


def follow_links(tree: Tree, collected: Collected) -> None:
    """Collect the pages that a page links to, or goes on to by itself; videos are no pages."""
    for at in tree.every("a", "area"):
        _follow(tree.get(at, "href"), collected)
    for at in tree.every("meta"):
        if tree.get(at, "http-equiv").lower() == "refresh" and (href := refreshed(tree, at)):
            _follow(href, collected)


def _follow(href: str, collected: Collected) -> None:
    if href and scheme_of(href) in ("", "http", "https") and not href.startswith("#") and not looks_like_video(href):
        collected.follow(href, SourceKind.PAGE)
