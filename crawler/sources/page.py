"""Web pages of every system: what they play, link and embed, each with what its own article says of it."""

from crawler.sources.base import Collected, Page, Parsed
from crawler.sources.embeds import as_embedded
from crawler.sources.markup import read_html
from crawler.sources.showing import Showing
from crawler.sources.tree import tree_of
from crawler.types import Discovery


class PageSource:
    """Takes the videos that a page shows, each with title, author, date and address of the article that shows it; links lead to
    other pages, players of the same site to what they play."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        collected = Collected(page.url, page.at)
        if page.content_type.lower().startswith("video/"):
            self._alone(page, collected)
            return collected.parsed()
        root = read_html(page.body, page.content_type)
        if root is None:
            collected.error("The page is empty.")
            return collected.parsed()
        tree = tree_of(root)
        for error in tree.errors:
            collected.error(error)
        collected.rebase(next((href for at in tree.every("base") if (href := tree.get(at, "href"))), ""))
        Showing(self._source_id, page, tree, collected).tell()
        return collected.parsed()

    def _alone(self, page: Page, collected: Collected) -> None:
        """A link that turned out to be a video."""
        collected.video(as_embedded(page.shown_on, Discovery(self._source_id, page.url)))
