"""The page of a capture as a web archive (WACZ 1.1.1): the records of its WARC that are about the page, copied as they stand
there, with an index, and a list of what is in it. The same bytes come of the same capture."""

import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.videos import Capture
from crawler.warc import Recorded, WarcUnreadable, read_warc
from reports.evidence.seal import digest, of_bytes
from reports.evidence.zipped import opened_zip, write_zip

VERSION = "1.1.1"
_ARCHIVE, _INDEX, _PAGES = "archive/page.warc", "indexes/index.cdxj", "pages/pages.jsonl"
_PACKAGE, _DIGEST = "datapackage.json", "datapackage-digest.json"
_LISTED = (_ARCHIVE, _INDEX, _PAGES)
_HELD = frozenset((*_LISTED, _PACKAGE, _DIGEST))
_INDEXED = ("response", "resource", "metadata")
_PIECE = 1 << 20
_BETWEEN = b"\r\n\r\n"
"""What ends a record."""

_MOST_RECORDS = 1000
"""Records about one page; a capture has some eight."""

_USUAL_PORTS = {"http": 80, "https": 443}


def write_wacz(warc: Path, capture: Capture, target: Path) -> bool:
    """Write the page of a capture to target; whether its WARC, a file at warc, holds one. Raises BundleFailed and OSError."""
    records = list(_about_the_page(list(read_warc(warc)), capture.media_sha256))
    page = next((one for one in records if one.kind == "response" and one.sha256 == capture.page_sha256), None)
    if page is None:
        return False
    with tempfile.TemporaryDirectory(prefix=".wacz-", dir=target.parent) as made:
        folder = Path(made)
        for name in _LISTED:
            (folder / name).parent.mkdir()
        with warc.open("rb") as source, (folder / _ARCHIVE).open("wb") as out:
            out.writelines(piece for record in records for piece in _bytes_of(source, record))
        (folder / _INDEX).write_bytes(_index(read_warc(folder / _ARCHIVE)))
        (folder / _PAGES).write_bytes(_pages(page))
        package = _json(_package(folder, capture, page))
        (folder / _PACKAGE).write_bytes(package)
        (folder / _DIGEST).write_bytes(_json({"path": _PACKAGE, "hash": f"sha256:{of_bytes(package)}"}))
        write_zip(folder, target)
    return True


def _about_the_page(records: Sequence[Recorded], media_sha256: str) -> Iterator[Recorded]:
    """All but the media, and what was asked and said about it: it lies beside, and may be large."""
    media = {one.name for one in records if one.kind in ("response", "resource") and one.sha256 == media_sha256}
    return (one for one in records if one.name not in media and one.beside not in media)


def _bytes_of(source: Any, record: Recorded) -> Iterator[bytes]:
    source.seek(record.offset)
    left = record.length
    while left and (piece := source.read(min(left, _PIECE))):
        left -= len(piece)
        yield piece
    yield _BETWEEN


def _index(records: Iterable[Recorded]) -> bytes:
    """CDXJ: a line for each record that can be looked up, in order."""
    return "".join(sorted(_line(one) for one in records if one.kind in _INDEXED and one.url)).encode()


def _line(one: Recorded) -> str:
    said = {
        "url": one.url,
        "mime": one.media_type,
        **({"status": one.status} if one.status else {}),
        "digest": f"sha256:{one.sha256}",
        "length": str(one.length),
        "offset": str(one.offset),
        "filename": _ARCHIVE.rpartition("/")[2],
    }
    return f"{searchable(one.url or '')} {''.join(filter(str.isdigit, one.at))[:14]} {json.dumps(said)}\n"


def searchable(url: str) -> str:
    """An address as indexes of web archives sort it (SURT): the host from its end, small letters, the query's parts in order."""
    parts = urlsplit(url.lower())
    host = parts.hostname or ""
    labels = [host] if ":" in host else host.removeprefix("www.").split(".")[::-1]
    port = f":{parts.port}" if parts.port and parts.port != _USUAL_PORTS.get(parts.scheme) else ""
    path = parts.path.rstrip("/") or "/"
    query = f"?{'&'.join(sorted(parts.query.split('&')))}" if parts.query else ""
    return f"{','.join(labels)}{port}){path}{query}".replace(" ", "%20")


def _pages(page: Recorded) -> bytes:
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    lines = (head, {"id": page.sha256[:32], "url": page.url, "ts": page.at, "size": page.size})
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def _package(folder: Path, capture: Capture, page: Recorded) -> dict[str, Any]:
    at = _second(capture.captured_at)
    return {
        "profile": "data-package",
        "wacz_version": VERSION,
        "title": f"The page of the capture {capture.id}",
        "created": at,
        "modified": at,
        "software": "Semblance",
        "mainPageUrl": page.url,
        "mainPageDate": page.at,
        "resources": [
            {
                "name": name.rpartition("/")[2],
                "path": name,
                "hash": f"sha256:{digest(folder / name)}",
                "bytes": (folder / name).stat().st_size,
            }
            for name in _LISTED
        ],
    }


def _second(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def records_of(wacz: Traversable, page_sha256: str) -> set[Recorded] | str:
    """The records in such a file, without their places, or why it is none: one of another form, whose list does not fit what is
    in it, or that does not hold the page. Raises what reading JSON of an unexpected shape can end in."""
    with opened_zip(wacz, in_folder=False) as found:
        if isinstance(found, str):
            return found
        if found.contents.strange:
            name, problem = found.contents.strange[0]
            return f"has a file {name} that {problem}"
        if set(found.contents.files) != _HELD:
            return "does not hold what a page's archive holds"
        try:
            return _unlisted(found.root) or _records(found.root / _ARCHIVE, page_sha256)
        except zipfile.BadZipFile:
            return "holds bytes with another checksum than it states"


def _unlisted(root: Traversable) -> str:
    package = (root / _PACKAGE).read_bytes()
    if json.loads((root / _DIGEST).read_bytes())["hash"] != f"sha256:{of_bytes(package)}":
        return f"has another {_PACKAGE} than its {_DIGEST} says"
    listed = {one["path"]: one["hash"] for one in json.loads(package)["resources"]}
    if listed != {name: f"sha256:{digest(root / name)}" for name in _LISTED}:
        return f"does not hold what its {_PACKAGE} lists"
    return ""


def _records(archive: Traversable, page_sha256: str) -> set[Recorded] | str:
    found: set[Recorded] = set()
    try:
        for one in read_warc(archive):
            found.add(without_place(one))
            if len(found) > _MOST_RECORDS:
                return "has more records than any page"
    except WarcUnreadable:
        return "cannot be read as a web archive"
    if not any(one.kind == "response" and one.sha256 == page_sha256 for one in found):
        return "holds no answer whose payload is the captured page"
    return found


def without_place(one: Recorded) -> Recorded:
    """A record, wherever it stands."""
    return replace(one, offset=0, length=0)
