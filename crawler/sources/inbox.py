"""Tips that people drop in: lists of addresses as CSV or plain text, and internet shortcuts."""

import csv
import re
from collections.abc import Iterator
from html import unescape
from io import StringIO
from itertools import islice

from crawler.sources.base import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_TITLE,
    Collected,
    Page,
    Parsed,
    is_playlist,
    looks_like_video,
    plain,
)
from crawler.sources.platforms import is_platform
from crawler.types import Discovery, SourceKind, TakenBy

MAX_ROWS = 20_000
_ADDRESS = re.compile(r"https?://[^\s<>\"'|，。；）】]+", re.IGNORECASE)
_LINES = re.compile(r"[\r\n][^\r\n]*https?://", re.IGNORECASE)
_TRAILING = ".,;:!?)]}"
_COLUMNS = {
    "url": ("url", "link", "address", "webpage", "网址", "链接", "adresse", "enlace", "リンク"),
    "title": ("title", "name", "标题", "titel", "titre", "título", "タイトル"),
    "note": ("note", "comment", "description", "备注", "notiz", "remarque", "nota", "メモ"),
    "uploader": ("uploader", "channel", "account", "作者", "频道"),
}


class InboxSource:
    """Reads one dropped list. A table needs a column ``url``; without one, every address in the text counts."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        collected = Collected(page.url, most_videos=MAX_ROWS, most_links=MAX_ROWS)
        text = _decoded(page.body)
        columns, delimiter = _columns(text)
        if columns:
            self._table(text, columns, delimiter, collected)
        else:
            found = (match[0].rstrip(_TRAILING) for match in _ADDRESS.finditer(text))
            for address in islice(found, MAX_ROWS):
                # In what a browser saved, addresses are written as HTML has them.
                self._tip(unescape(address) if "&amp;" in address else address, {}, collected)
            _say_rest(sum(1 for _ in found), "addresses", collected)
        return collected.parsed()

    def _table(self, text: str, columns: dict[str, int], delimiter: str, collected: Collected) -> None:
        rows = _rows(text, columns, delimiter, collected)
        for row in islice(rows, MAX_ROWS):
            if row["url"]:
                self._tip(row["url"], row, collected)
        _say_rest(sum(1 for _ in rows), "rows", collected)

    def _tip(self, address: str, row: dict[str, str], collected: Collected) -> None:
        url = collected.absolute(address)
        if url is None:
            return
        direct = looks_like_video(url) or is_playlist(url)
        if not direct and not is_platform(url):
            collected.follow(url, SourceKind.PAGE)
            return
        collected.video(
            Discovery(
                self._source_id,
                url,
                page_url=None if direct else url,
                title=plain(row.get("title"), MAX_TITLE),
                description=plain(row.get("note"), MAX_DESCRIPTION),
                uploader=plain(row.get("uploader"), MAX_NAME),
                via=TakenBy.HTTP if direct else TakenBy.YTDLP,
            )
        )


def _decoded(body: bytes) -> str:
    """Spreadsheets write UTF-8, UTF-16, or the system's old encoding; addresses are ASCII in all of them."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("latin-1")


def _columns(text: str) -> tuple[dict[str, int], str]:
    """Where our own columns are, and what separates them; none when the text is no table with a column of addresses."""
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    names = [name.strip().strip('"').lower() for name in first.split(delimiter)]
    columns = {ours: names.index(name) for ours, known in _COLUMNS.items() for name in known if name in names}
    return (columns if "url" in columns else {}), delimiter


def _rows(text: str, columns: dict[str, int], delimiter: str, collected: Collected) -> Iterator[dict[str, str]]:
    """The rows below the names, under our own."""
    number = 0
    try:
        for number, cells in enumerate(csv.reader(StringIO(text.replace("\0", "")), delimiter=delimiter)):
            if any(_LINES.search(cell) for cell in cells):
                collected.error(f"Row {number:,} has several lines with addresses in one cell: a quotation mark may be missing.")
            if number:
                yield {ours: cells[at].strip() if at < len(cells) else "" for ours, at in columns.items()}
    except csv.Error as broken:
        collected.error(f"The table is broken after row {number:,} ({broken}); what follows was not read.")


def _say_rest(count: int, what: str, collected: Collected) -> None:
    if count:
        collected.error(
            f"The list has {MAX_ROWS + count:,} {what}; {count:,} of them, after the first {MAX_ROWS:,}, were not read."
        )
