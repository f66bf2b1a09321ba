"""After retention no byte of the media is anywhere in the workspace, and what others need stays."""

import gzip
import hashlib
import json
import os
import random
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings
from sqlmodel import Session, select

from crawler.capture import capture_video
from crawler.custody import append, chain_of, verify_chain
from crawler.disposal import DISPOSED
from crawler.fetch.http import HttpFetcher
from crawler.guard import GuardPolicy
from crawler.health import SourceRow
from crawler.pages import record_discovery
from crawler.spider_cache import PageStorage
from crawler.types import Discovery, SourceKind, TakenBy
from crawler.videos import Capture, Video
from monitor.disposing import apply_policy, still_dropped
from monitor.retention import schedule
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.db import now
from registry.parties import add_party
from registry.references import add_reference
from registry.subjects import add_subject
from registry.types import PartyKind, SubjectKind
from tests.support.direct_database import held_on_servers
from tests.support.loopback_site import Site
from tests.support.on_servers.given import NOTE

DAY = timedelta(days=1)
MEDIA = b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + random.Random(7).randbytes(300_000)
WINDOW = 32


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        with workspace.session() as session:
            session.add(SourceRow(id="s", name="front", kind=SourceKind.PAGE, url="https://example.org/"))
            session.commit()
        yield workspace


def capture(workspace: Workspace, site: Site, path: str, body: bytes = MEDIA, age: timedelta = 100 * DAY) -> Capture:
    """The capture of a file that the site shows on a page of its own, made that long ago."""
    media, page = site.file(path, body), site.page(f"/of{path}", f"<video src='{path}'></video>")
    with workspace.session() as session:
        video = record_discovery(session, Discovery("s", media, page_url=page), now() - age)
        identity = video.id
        session.commit()
    fetcher = HttpFetcher(GuardPolicy.allowing("127.0.0.0/8"))
    outcome = capture_video(workspace.engine, workspace.vault, fetcher, identity, operator="T", at=now() - age)
    with workspace.session() as session:
        return session.get_one(Capture, outcome.capture_id)


def dispose(workspace: Workspace) -> list[str]:
    with workspace.session() as session:
        return [due.id for due in apply_policy(workspace, session, now())]


def unpacked(content: bytes) -> Iterator[bytes]:
    """A file's bytes, and those of every compressed stretch of it: gzip members, and zlib streams as a database holds them."""
    yield content
    for magic, bits in ((b"\x1f\x8b\x08", 31), (b"\x78\x01", 15), (b"\x78\x9c", 15), (b"\x78\xda", 15)):
        start = content.find(magic)
        while start >= 0:
            yield b"".join(inflated(content[start:], bits))
            start = content.find(magic, start + 1)


def inflated(content: bytes, bits: int) -> Iterator[bytes]:
    """As far as it goes: the rest of a stream may lie on another page of a database."""
    stream = zlib.decompressobj(bits)
    with suppress(zlib.error):
        for start in range(0, len(content), 512):
            yield stream.decompress(content[start : start + 512])
            if stream.eof:
                return


def traces(root: Path, media: bytes) -> set[str]:
    """The files of a folder, or what a workspace has on servers, in which any stretch of the media stands."""
    windows = [media[start : start + WINDOW] for start in range(0, len(media) - WINDOW, 4096)]
    held = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    if (root / NOTE).exists():
        held |= held_on_servers(root)
    return {name for name, content in held.items() for plain in unpacked(content) if any(window in plain for window in windows)}


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"xx" + MEDIA[5000:])
    (tmp_path / "member.warc.gz").write_bytes(gzip.compress(b"head") + gzip.compress(MEDIA))
    (tmp_path / "page").write_bytes(b"free" + zlib.compress(MEDIA, 1))
    (tmp_path / "other").write_bytes(os.urandom(1000))
    assert traces(tmp_path, MEDIA) == {"plain", "member.warc.gz", "page"}


def test_no_byte_of_the_media_stays_anywhere(workspace: Workspace, site: Site) -> None:
    made = capture(workspace, site, "/a.mp4")
    # A kill between the vault and the row leaves a WARC that no row names.
    workspace.vault.put([b"WARC/1.1\r\n", MEDIA])
    pages = PageStorage(Settings({"PAGE_CACHE": str(workspace.cache / "pages.db")}))
    for body in (MEDIA, MEDIA[::-1]):
        pages.store_response(None, Request(made.final_url), Response(made.final_url, body=body))  # type: ignore[arg-type]
    pages.close_spider(None)  # type: ignore[arg-type]
    parts = workspace.cache / "parts"
    parts.mkdir(parents=True)
    (parts / f"{made.video_id}.part").write_bytes(MEDIA[:100_000])
    (parts / f"{'0' * 32}.part").write_bytes(b"another that is still being taken")
    before = traces(workspace.root, MEDIA)
    assert len([name for name in before if name.startswith("vault/")]) == 3
    assert f"cache/parts/{made.video_id}.part" in before
    assert "cache/pages.db" in traces(workspace.root, MEDIA[::-1])

    assert dispose(workspace) == [made.id]

    assert traces(workspace.root, MEDIA) == set()
    assert traces(workspace.root, MEDIA[::-1]) == set()
    assert [path.name for path in parts.iterdir()] == [f"{'0' * 32}.part"]
    with workspace.session() as session:
        assert verify_chain(session) is None
        told = chain_of(session, made.id)[-1]
        assert (told.action, told.detail["removed"]["warc"]) == (DISPOSED, made.warc_sha256)
    manifest = json.loads(b"".join(workspace.vault.chunks(made.manifest_sha256)))
    assert manifest["media"]["sha256"] == made.media_sha256
    assert b"".join(workspace.vault.chunks(made.page_sha256 or "")) == b"<video src='/a.mp4'></video>"
    assert dispose(workspace) == []


def test_the_same_bytes_in_a_capture_that_is_not_due_stay(workspace: Workspace, site: Site) -> None:
    old, young = capture(workspace, site, "/a.mp4"), capture(workspace, site, "/b.mp4", age=DAY)
    assert dispose(workspace) == [old.id]
    assert (old.warc_sha256 or "") not in workspace.vault
    for digest in (young.media_sha256, young.warc_sha256, young.page_sha256, young.manifest_sha256):
        workspace.vault.verify(digest or "")


@pytest.mark.parametrize("in_the_clear", [False, True])
def test_a_reference_of_the_same_bytes_stays_sealed(workspace: Workspace, site: Site, in_the_clear: bool) -> None:
    made = capture(workspace, site, "/a.mp4")
    with workspace.session() as session:
        subject = add_subject(session, add_party(session, "Studio", PartyKind.STUDIO), "Mascot", SubjectKind.CHARACTER)
        add_reference(session, workspace.vault, subject, MEDIA, file_name="mascot.png")
        session.commit()
    if in_the_clear:  # as the first version kept it, beside the capture
        workspace.vault.delete(made.media_sha256, private=True)
    assert dispose(workspace) == [made.id]
    assert b"".join(workspace.vault.chunks(made.media_sha256)) == MEDIA
    assert traces(workspace.root, MEDIA) == set()


def test_what_a_kill_left_goes_the_next_time(workspace: Workspace, site: Site) -> None:
    """The chain says that the bytes go before they do; here the process ended in between."""
    made = capture(workspace, site, "/a.mp4")
    with workspace.session() as session:
        append(session, "T", DISPOSED, made.id, {"why": "due"}, now())
        session.commit()
        assert schedule(session, workspace.settings.retention, now()) == []
    assert dispose(workspace) == []
    assert traces(workspace.root, MEDIA) == set()


def test_a_dropped_file_stays_its_owners_and_is_named(workspace: Workspace, tmp_path: Path) -> None:
    dropped = tmp_path / "in box" / "a.mp4"
    dropped.parent.mkdir()
    dropped.write_bytes(MEDIA)
    with workspace.session() as session:
        address = f"urn:sha256:{hashlib.sha256(MEDIA).hexdigest()}"
        session.add(Video(id="v", media_url=address, page_url=dropped.as_uri(), via=TakenBy.FILE))
        session.commit()
    fetcher = HttpFetcher(GuardPolicy.allowing("127.0.0.0/8"))
    assert capture_video(workspace.engine, workspace.vault, fetcher, "v", operator="T", at=now() - 100 * DAY).capture_id
    with workspace.session() as session:
        gone = apply_policy(workspace, session, now())
        assert still_dropped(session, gone) == [dropped]
    assert traces(workspace.root, MEDIA) == set()


def test_parts_that_nobody_went_on_with_go(workspace: Workspace) -> None:
    parts = workspace.cache / "parts"
    parts.mkdir(parents=True)
    (parts / f"{'1' * 32}.part").write_bytes(MEDIA)
    long_ago = (now() - 100 * DAY).timestamp()
    os.utime(parts / f"{'1' * 32}.part", (long_ago, long_ago))
    dispose(workspace)
    assert list(parts.iterdir()) == []


def test_other_rows_keep_their_objects(workspace: Workspace, site: Site) -> None:
    """A capture that is young keeps everything, and so does a reference and a mandate."""
    young = capture(workspace, site, "/a.mp4", age=DAY)
    with workspace.session() as session:
        subject = add_subject(session, add_party(session, "Studio", PartyKind.STUDIO), "Mascot", SubjectKind.CHARACTER)
        picture = add_reference(session, workspace.vault, subject, b"picture", file_name="mascot.png").sha256
        session.commit()
    before = {*workspace.vault.public(), *workspace.vault.sealed()}
    assert dispose(workspace) == []
    assert {*workspace.vault.public(), *workspace.vault.sealed()} == before
    assert {young.media_sha256, picture} <= before
    with Session(workspace.engine) as session:
        assert len(session.exec(select(Capture)).all()) == 1
