"""Documents that cost their reader too much: a stated gap each, and nobody else's delay."""

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from crawler.availability import LookOutcome
from crawler.capture import CaptureTools, capture_video
from crawler.crawl import CrawlOptions, crawl
from crawler.documents import Asked, DocumentLimits
from crawler.fetch.http import HttpFetcher
from crawler.fetch.pace import Stopped
from crawler.guard import GuardPolicy
from crawler.health import SourceRow
from crawler.pages import record_discovery
from crawler.parsing import QUICK, SLOW, Parser, Unreadable
from crawler.recheck import page_finding
from crawler.types import Discovery, SourceKind, SourceReport, SourceSpec, Trouble
from crawler.videos import Capture, Video
from tests.support.attack_documents import ATTACKS, attributes
from tests.support.loopback_site import Answer, Site, open_site
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault

LOOPBACK = GuardPolicy.allowing("127.0.0.0/8")
SECOND = DocumentLimits(seconds=1.0)
BRISK = CrawlOptions(delay=0.0, page_seconds=20.0, max_seconds=200.0, document=SECOND)
COSTLY = attributes(80_000)
WORDS = "could not be read within 1 s"


@pytest.fixture
def evil() -> Iterator[Site]:
    with open_site("127.0.0.66") as site:
        yield site


@pytest.fixture
def honest() -> Iterator[Site]:
    with open_site("127.0.0.2") as site:
        yield site


@pytest.fixture
def parser() -> Iterator[Parser]:
    with Parser(SECOND) as parser:
        yield parser


def asked(host: str, path: str = "/", kind: SourceKind = SourceKind.PAGE) -> Asked:
    url = f"https://{host}{path}"
    return Asked(kind, url, url, url)


def reports(items: list[Discovery | SourceReport]) -> dict[str, SourceReport]:
    return {item.source_id: item for item in items if isinstance(item, SourceReport)}


def test_a_page_that_costs_too_much_is_a_gap_of_its_source_and_of_no_other(evil: Site, honest: Site) -> None:
    links = "".join(f'<a href="{path}">x</a>' for path in ("/costly", "/after"))
    evil.page("/", links)
    evil.routes["/costly"] = Answer(COSTLY)
    evil.page("/after", '<video src="/after.mp4"></video>')
    honest.page("/", '<a href="/more">x</a><video src="/1.mp4"></video>')
    honest.page("/more", '<video src="/2.mp4"></video>')
    specs = [SourceSpec(name, SourceKind.PAGE, site.url("/")) for name, site in (("evil", evil), ("honest", honest))]
    found = list(crawl(specs, LOOPBACK, BRISK))
    said = reports(found)
    assert said["honest"].complete
    assert said["honest"].videos == 2
    assert not said["evil"].complete
    assert said["evil"].videos == 1
    (gap,) = said["evil"].missing
    assert (gap.url, gap.trouble, gap.words) == (evil.url("/costly"), Trouble.COSTLY.value, WORDS)
    assert said["evil"].errors == (f"{evil.url('/costly')} {WORDS}.",)
    assert (said["evil"].pages, said["evil"].due) == (2, 3)


def test_a_page_of_many_sources_costs_its_time_once(evil: Site) -> None:
    evil.routes["/"] = Answer(COSTLY)
    specs = [SourceSpec(f"s{number}", SourceKind.PAGE, evil.url("/")) for number in range(100)]
    said = reports(list(crawl(specs, LOOPBACK, replace(BRISK, max_seconds=60.0))))
    assert {report.errors for report in said.values()} == {(f"{evil.url('/')} {WORDS}.",)}


@pytest.mark.parametrize("name", ATTACKS)
def test_no_document_is_waited_for_longer_than_its_time(name: str) -> None:
    kind, body = ATTACKS[name]
    with Parser(DocumentLimits(seconds=0.5)) as parser:
        parser.read(asked("warm.example"), b"")
        began = time.monotonic()
        future = parser.submit(asked("evil.example", kind=kind), body)
        unread = future.exception()
        # What is beyond the deadline is the time that this machine takes to notice.
        assert time.monotonic() - began < 8
        if unread is None:
            assert len(future.result().parsed.discoveries) <= 2_000
        else:
            assert isinstance(unread, Unreadable)
            assert (unread.words, unread.trouble) == ("could not be read within 0.5 s", Trouble.COSTLY)
        assert parser.read(asked("good.example"), b"<video src=/v.mp4>").parsed.discoveries


def test_honest_documents_do_not_wait_for_costly_ones_of_other_hosts() -> None:
    with Parser(DocumentLimits(seconds=300)) as parser:
        costly = [parser.submit(asked(f"evil{number}.example"), attributes(200_000)) for number in range(SLOW)]
        more = [parser.submit(asked("evil0.example", f"/{number}"), attributes(200_001)) for number in range(20)]
        for number in range(20):
            read = parser.read(asked(f"good{number}.example"), b"<video src=/v.mp4>")
            assert [found.media_url for found in read.parsed.discoveries] == [f"https://good{number}.example/v.mp4"]
        assert not any(future.done() for future in (*costly, *more))


def test_documents_of_one_host_are_read_one_after_the_other(parser: Parser) -> None:
    costly = [parser.submit(asked("evil.example", f"/{number}"), attributes(80_000 + number)) for number in range(2)]
    assert parser.read(asked("evil.example", "/last"), b"<video src=/v.mp4>").parsed.discoveries
    assert all(isinstance(future.exception(), Unreadable) for future in costly if future.done())
    assert [future.done() for future in costly] == [True, True]


def test_beyond_all_places_a_document_waits_for_the_time_of_others_and_is_read(parser: Parser) -> None:
    costly = [parser.submit(asked(f"evil{number}.example"), attributes(80_000)) for number in range(2 * (QUICK + SLOW))]
    assert parser.read(asked("good.example"), b"<video src=/v.mp4>").parsed.discoveries
    assert {str(future.exception()) for future in costly} == {WORDS}


def test_what_a_document_may_hold_is_bounded() -> None:
    # What the document needs, 280 MiB, is looked at now and then alone: so far beyond the bound one of the looks sees it.
    limits = DocumentLimits(seconds=60, memory=96 << 20)
    with Parser(limits) as parser:
        assert parser.read(asked("good.example"), b"<video src=/v.mp4>").parsed.discoveries
        with pytest.raises(Unreadable, match="could not be read with 96 MiB of memory") as costly:
            parser.read(asked("evil.example", kind=SourceKind.PEERTUBE), b"[" + b'{"a":0},' * 1_200_000 + b"0]")
        assert costly.value.trouble is Trouble.COSTLY
        assert parser.read(asked("good.example"), b"<video src=/v.mp4>").parsed.discoveries


def test_closing_ends_what_is_being_read() -> None:
    parser = Parser(DocumentLimits(seconds=300))
    costly = parser.submit(asked("evil.example"), attributes(200_000))
    waiting = parser.submit(asked("evil.example", "/2"), attributes(10))
    threading.Timer(1.0, parser.close).start()
    for future in (costly, waiting):
        with pytest.raises(Stopped):
            future.result()
    with pytest.raises(Stopped):
        parser.read(asked("good.example"), b"")


def test_a_video_is_captured_without_what_its_page_says(evil: Site, tmp_path: Path, parser: Parser) -> None:
    media = evil.file("/v.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + os.urandom(5_000))
    evil.routes["/page"] = Answer(COSTLY)
    engine, vault = new_database(tmp_path / "semblance.db"), new_vault(tmp_path)
    at = datetime(2026, 11, 22, tzinfo=UTC)
    with Session(engine) as session:
        session.add(SourceRow(id="s", name="s", kind=SourceKind.PAGE, url=evil.url("/")))
        video_id = record_discovery(session, Discovery("s", media, evil.url("/page")), at).id
        session.commit()
    fetcher, tools = HttpFetcher(LOOPBACK), CaptureTools(parser=parser)
    outcome = capture_video(engine, vault, fetcher, video_id, operator="clerk", at=at, tools=tools)
    assert outcome.new
    with Session(engine) as session:
        capture = session.get_one(Capture, outcome.capture_id)
        assert session.get_one(Video, video_id).failure is None
    assert capture.page_sha256 is not None
    assert b"".join(vault.chunks(capture.page_sha256)) == COSTLY
    page = json.loads(b"".join(vault.chunks(capture.manifest_sha256)))["page"]
    assert page["failure"] == f"{evil.url('/page')} {WORDS}."
    with fetcher.fetch(evil.url("/page"), max_bytes=1 << 20, max_seconds=20) as fetched:
        body = b"".join(fetched.chunks)
    found = page_finding(fetched.exchange, body, media, was_read=True, parser=parser)
    assert (found.outcome, found.why) == (LookOutcome.UNREACHABLE, f"{evil.url('/page')} {WORDS}.")
    engine.dispose()


def test_neither_the_crawl_nor_its_readers_inherit_keys_and_tokens(honest: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEMBLANCE_KEYS__SECRET", "SEMBLANCE_TOKEN", "SEMBLANCE_KEYS__COMMAND", "HTTPS_PROXY", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a secret that nobody else may see")
    seen: list[str] = []

    def second() -> Answer:
        seen.extend(environment for pid in descendants(os.getpid()) if (environment := environ(pid)) is not None)
        return Answer(b'<video src="/2.mp4"></video>')

    honest.page("/", '<a href="/more">x</a><video src="/1.mp4"></video>')
    honest.routes["/more"] = second
    items = list(crawl([SourceSpec("s", SourceKind.PAGE, honest.url("/"))], LOOPBACK, BRISK))
    assert reports(items)["s"].complete
    # The crawling process, and at least the one that read the first page.
    assert len(seen) >= 2
    assert not [environment for environment in seen if "secret" in environment or "SEMBLANCE" in environment]


def descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            yield child
            yield from descendants(child)


def environ(pid: int) -> str | None:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text()
        return Path(f"/proc/{pid}/environ").read_text() if "crawler.spider" in command or "isolation.child" in command else None
    except OSError:
        return None


def test_a_site_whose_robots_file_takes_too_long_is_not_read_and_holds_up_nobody(evil: Site, honest: Site) -> None:
    names = "".join(f"User-agent: a{number}\n" for number in range(15_000))
    evil.page("/robots.txt", names + "".join(f"Allow: /{number}\n" for number in range(15_000)), "text/plain")
    evil.page("/", '<video src="/v.mp4"></video>')
    honest.page("/", '<video src="/1.mp4"></video>')
    specs = [SourceSpec(name, SourceKind.PAGE, site.url("/")) for name, site in (("evil", evil), ("honest", honest))]
    said = reports(list(crawl(specs, LOOPBACK, BRISK)))
    assert said["honest"].complete
    assert said["evil"].troubles == {Trouble.ROBOTS.value: 1}
    assert "robots.txt is too intricate to be followed" in said["evil"].errors[0]
    assert evil.asked == ["/robots.txt"]
