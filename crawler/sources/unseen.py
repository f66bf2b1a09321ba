"""What of a page may hold a video and is not looked into, in words."""

from collections.abc import Callable, Iterator

from crawler.sources.frames import unread_players
from crawler.sources.players import Mention
from crawler.sources.sections import count_between
from crawler.sources.tree import Tree

_STILLS = (".webp", ".avif")


def unseen(tree: Tree, found: list[Mention], is_apart: Callable[[int], bool], shows: bool, described: bool) -> Iterator[str]:
    """found: what the page plays. is_apart: whether a place is beside what the page is about. shows: whether any video of it is
    known; described: whether it says that there is one."""
    if any(mention.further for mention in found):
        yield "A player is offered further files under other names, of which one was taken."
    for name in unread_players(tree):
        yield f"The page has a player <{name}>, which was not looked into."
    if _empty_player(tree, found):
        yield "The page has a player without an address, which its scripts fill in; it was not looked into."
    if not shows:
        yield from _not_found(tree, described)
    if any(_is_still(tree, at) and not is_apart(at) for at in tree.every("img")):
        yield "WebP and AVIF pictures are shown, which may move; they were not looked into."


def _not_found(tree: Tree, described: bool) -> Iterator[str]:
    """What a page says of a video, none of which is known."""
    if described:
        yield "The page describes a video without saying where it is; it was not found."
    if any(_offers_embedding(tree, at) for at in tree.every("link")):
        yield "The page offers a player for embedding (oEmbed), which was not looked into."


def _empty_player(tree: Tree, found: list[Mention]) -> bool:
    """Whether nothing is known of what a player plays, neither in it, nor around it, nor by a setting."""
    if any(mention.loose for mention in found):
        return False
    places = sorted(mention.at for mention in found)
    known = set(places)
    return any(
        not count_between(places, at, tree.ends[at]) and known.isdisjoint(tree.around(at))
        for at in tree.every("video", "amp-video")
    )


def _offers_embedding(tree: Tree, at: int) -> bool:
    # WordPress offers every page for embedding, as it is.
    return "+oembed" in tree.get(at, "type").lower() and "/wp-json/oembed/" not in tree.get(at, "href")


def _is_still(tree: Tree, at: int) -> bool:
    return tree.get(at, "src").partition("?")[0].lower().endswith(_STILLS)
