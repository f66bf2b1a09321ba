"""Capturing from a real site: what is kept, what is said, and what a failure leaves alone."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, select

from crawler.capture import capture_id
from crawler.custody import CustodyEntry, append, chain_of, digest_of, verify_chain
from crawler.health import SourceRow
from crawler.pages import Sighting, pages_of, record_discovery
from crawler.types import Discovery, SourceKind
from crawler.videos import Capture, Label, LabelOutcome, Video, VideoState, queue
from registry.errors import NotFound
from tests.support.capture_desk import AT, OPERATOR, VIDEO, Desk, objects
from tests.support.loopback_site import Answer, Site

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.engine.dispose()


def test_a_capture_is_bytes_page_manifest_labels_and_custody(desk: Desk, site: Site) -> None:
    media = site.file("/v.mp4", VIDEO)
    page = site.page("/p", '<meta name="ai-generated" content="yes"><video src="/v.mp4">')
    site.redirect("/moved.mp4", "/v.mp4")
    video_id = desk.found(site.url("/moved.mp4"), page, "A <b>title</b> 标题")
    outcome = desk.capture(video_id)
    assert outcome.new
    with Session(desk.engine) as session:
        capture = session.get_one(Capture, outcome.capture_id)
        assert b"".join(desk.vault.chunks(capture.media_sha256)) == VIDEO
        assert (capture.final_url, capture.media_size, capture.media_type) == (media, len(VIDEO), "video/mp4")
        manifest = json.loads(b"".join(desk.vault.chunks(capture.manifest_sha256)))
        assert manifest["video"]["title"] == "A <b>title</b> 标题"
        assert manifest["operator"] == OPERATOR
        assert manifest["media"]["sha256"] == capture.media_sha256
        assert manifest["media"]["exchange"]["redirects"] == [media]
        assert manifest["page"]["stored"]["sha256"] == capture.page_sha256
        (entry,) = chain_of(session, capture.id)
        assert (entry.actor, entry.action, entry.at) == (OPERATOR, "captured", AT)
        assert entry.detail["manifest_sha256"] == capture.manifest_sha256
        assert verify_chain(session) is None
        labels = {label.kind: label.outcome for label in session.exec(select(Label))}
        assert {kind: labels[kind] for kind in ("aigc", "platform", "unlabelled")} == dict.fromkeys(
            ("aigc", "platform", "unlabelled"), LabelOutcome.UNKNOWN
        )
    assert desk.video(video_id).state is VideoState.CAPTURED


def test_the_pages_own_statement_about_this_video_becomes_its_label(desk: Desk, site: Site) -> None:
    site.file("/v.mp4", VIDEO)
    page = site.page("/p", '<meta name="ai-generated" content="yes"><video src="/v.mp4">')
    desk.capture(desk.found(site.url("/v.mp4"), page))
    assert [(row.outcome, row.detail) for row in desk.rows(Label) if row.kind == "platform"] == [
        (LabelOutcome.PRESENT, "ai-generated: yes")
    ]


def test_the_same_bytes_again_are_the_same_capture(desk: Desk, site: Site) -> None:
    video_id = desk.found(site.file("/v.mp4", VIDEO))
    first, second = desk.capture(video_id), desk.capture(video_id)
    assert (first.capture_id, first.new, second.capture_id, second.new) == (first.capture_id, True, first.capture_id, False)
    assert len(desk.rows(Capture)) == len(desk.rows(CustodyEntry)) == 1


@pytest.mark.parametrize("etag", ['"1"', ""])
def test_what_is_as_before_costs_one_request(desk: Desk, site: Site, tmp_path: Path, etag: str) -> None:
    site.routes["/v.mp4"] = Answer(VIDEO, "video/mp4", etag=etag)
    video_id = desk.found(site.url("/v.mp4"), site.page("/p", '<video src="/v.mp4">'))
    first, held = desk.capture(video_id), len(objects(tmp_path / "vault"))
    site.asked.clear()
    again = desk.capture(video_id)
    assert (again.capture_id, again.new, again.unchanged) == (first.capture_id, False, True)
    # No page, and nothing in the vault that no capture names.
    assert site.asked == ["/v.mp4"]
    assert len(objects(tmp_path / "vault")) == held


def test_other_bytes_at_the_same_address_are_another_capture(desk: Desk, site: Site) -> None:
    video_id = desk.found(site.file("/v.mp4", VIDEO))
    desk.capture(video_id)
    site.file("/v.mp4", VIDEO + b"more")
    assert desk.capture(video_id).new
    assert len(desk.rows(Capture)) == 2


@pytest.mark.parametrize(
    ("answer", "words", "retryable"),
    [
        (Answer(b"gone", status=404), "answered 404", False),
        (Answer(b"busy", status=503), "answered 503", True),
        (Answer(b"<!doctype html><p>Please log in", "video/mp4"), "a web page (HTML)", False),
        (Answer(b'{"error": "expired"}', "video/mp4"), "JSON data", False),
        (Answer(b"#EXTM3U\n#EXT-X-VERSION:3\n", "video/mp4"), "playlist", False),
        (Answer(b"", "video/mp4"), "is empty", False),
        (Answer(status=302, headers={"Location": "http://192.168.0.1/v.mp4"}), "not an address of the public internet", False),
        (Answer(status=302, headers={"Location": "/v"}), "redirects more than", False),
        (Answer(VIDEO, "video/mp4", length=len(VIDEO) + 1), "broke off", True),
        (Answer(VIDEO, "video/mp4", headers={"Content-Encoding": "br"}), "encoding br", False),
        (Answer(VIDEO[:3000], "video/mp4", drip=0.01), "too long", True),
        (Answer(VIDEO + VIDEO, "video/mp4"), "larger than", False),
    ],
)
def test_promise_10_a_bad_answer_is_a_clear_failure_and_loses_nothing_else(
    desk: Desk, site: Site, tmp_path: Path, answer: Answer, words: str, retryable: bool
) -> None:
    site.routes["/v"] = answer
    bad, good = desk.found(site.url("/v")), desk.found(site.file("/good.mp4", VIDEO))
    outcome = desk.capture(bad, max_bytes=len(VIDEO) + 1, max_seconds=1.0)
    assert outcome.capture_id is None
    assert words in (outcome.what or "")
    assert outcome.remedy
    assert objects(tmp_path / "vault") == []
    assert desk.capture(good).new
    row = desk.video(bad)
    assert (row.state, row.failure, row.remedy, row.retryable) == (
        VideoState.FAILED,
        outcome.what,
        outcome.remedy,
        retryable,
    )


def test_a_page_that_fails_does_not_lose_the_video(desk: Desk, site: Site) -> None:
    outcome = desk.capture(desk.found(site.file("/v.mp4", VIDEO), site.url("/gone")))
    with Session(desk.engine) as session:
        capture = session.get_one(Capture, outcome.capture_id)
    assert capture.page_sha256 is None
    assert "404" in json.loads(b"".join(desk.vault.chunks(capture.manifest_sha256)))["page"]["failure"]


@pytest.mark.parametrize("name", ["/..%2f..%2fetc/passwd.mp4", "/a/../../b.mp4", "/%2e%2e/%2e%2e/c.mp4", "/a\\b.mp4?x=../../y"])
def test_promise_10_names_with_slashes_never_become_paths(desk: Desk, site: Site, tmp_path: Path, name: str) -> None:
    site.routes["/ok"] = Answer(VIDEO, "video/mp4", headers={"Content-Disposition": 'attachment; filename="../../../evil.mp4"'})
    url = site.redirect("/start", name.replace("\\", "%5C"))
    before = {path for path in tmp_path.parent.rglob("*") if "vault" not in path.parts}
    for path in ("/..%2F..%2Fetc/passwd.mp4", "/b.mp4", "/c.mp4", "/a%5Cb.mp4?x=../../y", "/..%2f..%2fetc/passwd.mp4"):
        site.redirect(path, "/ok")
    site.redirect("/a/../../b.mp4", "/ok")
    site.redirect("/%2e%2e/%2e%2e/c.mp4", "/ok")
    assert desk.capture(desk.found(url)).new
    assert {path for path in tmp_path.parent.rglob("*") if "vault" not in path.parts} == before
    digests = [path.name for path in objects(tmp_path / "vault")]
    assert all(len(digest) == 64 for digest in digests)


def test_a_later_failure_does_not_undo_a_capture(desk: Desk, site: Site) -> None:
    video_id = desk.found(site.file("/v.mp4", VIDEO))
    desk.capture(video_id)
    del site.routes["/v.mp4"]
    assert desk.capture(video_id).capture_id is None
    assert desk.video(video_id).state is VideoState.CAPTURED
    assert len(desk.rows(Capture)) == 1


def test_an_unknown_video_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.capture("0" * 32)


def test_one_video_on_two_sources_is_one_video_with_two_sightings(desk: Desk) -> None:
    with Session(desk.engine) as session:
        other = SourceRow(name="a site", kind=SourceKind.PAGE, url="https://example.org/")
        session.add(other)
        session.commit()
        other_id = other.id
    first = desk.found("https://cdn.example/v.mp4", "https://a.example/1", "First")
    second = desk.found("HTTPS://CDN.example:443/v.mp4#t=1", None, "", other_id)
    again = desk.found("https://cdn.example/v.mp4", None, "Changed")
    assert first == second == again
    # What names no page does not speak for the page that is known.
    assert [row.title for row in desk.rows(Video)] == ["First"]
    assert [row.page_url for row in desk.rows(Video)] == ["https://a.example/1"]
    assert {row.source_id for row in desk.rows(Sighting)} == {desk.source_id, other_id}


def test_what_was_said_when_it_was_captured_stays(desk: Desk, site: Site) -> None:
    url = site.file("/v.mp4", VIDEO)
    video_id = desk.found(url, title="As captured")
    desk.capture(video_id)
    desk.found(url, title="Changed later", at=AT + timedelta(hours=1))
    (capture,) = desk.rows(Capture)
    assert json.loads(b"".join(desk.vault.chunks(capture.manifest_sha256)))["video"]["title"] == "As captured"
    with Session(desk.engine) as session:
        (page,) = pages_of(session, video_id)
        (before,) = pages_of(session, video_id, AT)
    assert (page.title, page.earlier_titles) == ("Changed later", ("As captured",))
    assert before.title == "As captured"


def test_the_queue_holds_what_may_still_succeed(desk: Desk, site: Site) -> None:
    site.routes["/busy"] = Answer(status=503)
    new = desk.found(site.url("/new"))
    busy = desk.found(site.url("/busy"))
    gone = desk.found(site.url("/gone"))
    done = desk.found(site.file("/v.mp4", VIDEO))
    for video_id in (busy, gone, done):
        desk.capture(video_id)
    with Session(desk.engine) as session:
        assert {video.id for video in queue(session)} == {new, busy}
    for _ in range(4):
        desk.capture(busy)
    with Session(desk.engine) as session:
        assert [video.id for video in queue(session)] == [new]
    assert "tried 5 times" in (desk.video(busy).remedy or "")


def test_a_failed_video_that_a_source_still_shows_later_is_tried_again(desk: Desk, site: Site) -> None:
    video_id = desk.found(site.url("/late.mp4"))
    desk.capture(video_id)
    for later, waiting in ((timedelta(minutes=5), []), (timedelta(hours=6), [video_id])):
        with Session(desk.engine) as session:
            record_discovery(session, Discovery(desk.source_id, site.url("/late.mp4")), AT + later)
            assert [video.id for video in queue(session)] == waiting
            session.commit()
    site.file("/late.mp4", VIDEO)
    assert desk.capture(video_id).new


@pytest.mark.parametrize("change", ["UPDATE custody_entry SET actor = 'nobody'", "DELETE FROM custody_entry"])
def test_the_database_itself_refuses_to_rewrite_the_chain(desk: Desk, change: str) -> None:
    with Session(desk.engine) as session:
        append(session, OPERATOR, "captured", "c", {"n": 1}, AT)
        session.commit()
        with pytest.raises(DatabaseError, match="append-only"):
            session.execute(text(change))


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        ("UPDATE custody_entry SET detail = '{\"n\": 9}' WHERE seq = 2", 2),
        ("UPDATE custody_entry SET at = '2026-01-01T00:00:00.000000Z' WHERE seq = 3", 3),
        ("DELETE FROM custody_entry WHERE seq = 1", 1),
        ("DELETE FROM custody_entry WHERE seq = 2", 2),
        ("UPDATE custody_entry SET previous = '' WHERE seq = 1", 1),
    ],
)
def test_a_chain_that_was_tampered_with_is_found_out(desk: Desk, damage: str, broken: int) -> None:
    with Session(desk.engine) as session:
        for number in range(4):
            entry = append(session, OPERATOR, "opened", f"c{number}", {"n": number, "标题": "🎬"}, AT + timedelta(hours=number))
            assert entry.sha256 == digest_of(entry)
        session.commit()
        assert verify_chain(session) is None
        for change in ("update", "delete"):
            session.execute(text(f"DROP TRIGGER custody_entry_no_{change}"))
        session.execute(text(damage))
        session.commit()
        session.expire_all()
        assert verify_chain(session) == broken


CAPTURE_ALL = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from sqlmodel import Session
from crawler.capture import capture_video
from crawler.fetch.http import HttpFetcher
from crawler.guard import GuardPolicy
from crawler.videos import queue
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault
folder = Path(sys.argv[1])
engine, vault = new_database(folder / "semblance.db"), new_vault(folder)
fetcher = HttpFetcher(GuardPolicy.allowing("127.0.0.0/8"))
with Session(engine) as session:
    waiting = [video.id for video in queue(session)]
print("ready", flush=True)
for video_id in waiting:
    capture_video(engine, vault, fetcher, video_id, operator="clerk", at=datetime.now(UTC))
"""


def test_promise_4_a_kill_at_any_moment_loses_no_capture_and_repeats_none(desk: Desk, site: Site, tmp_path: Path) -> None:
    bodies = [VIDEO + os.urandom(50_000) for _ in range(12)]
    videos = [desk.found(site.file(f"/{n}.mp4", body), site.page(f"/{n}", "<p>page")) for n, body in enumerate(bodies)]
    choice = random.Random(7)
    for _ in range(6):
        run_and_kill(tmp_path, choice.uniform(0.0, 0.12))
        check_visible_objects_are_whole(desk, tmp_path)
    subprocess.run(
        [sys.executable, "-c", CAPTURE_ALL, str(tmp_path)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=60
    )
    with Session(desk.engine) as session:
        captures = session.exec(select(Capture)).all()
        assert {capture.video_id for capture in captures} == set(videos)
        assert len(captures) == len(videos) == len(session.exec(select(CustodyEntry)).all())
        assert verify_chain(session) is None
        assert queue(session) == []
        assert {b"".join(desk.vault.chunks(capture.media_sha256)) for capture in captures} == set(bodies)
        assert {capture.id for capture in captures} == {capture_id(c.video_id, c.media_sha256) for c in captures}


def run_and_kill(folder: Path, after: float) -> None:
    with subprocess.Popen([sys.executable, "-c", CAPTURE_ALL, str(folder)], cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        time.sleep(after)
        child.send_signal(signal.SIGKILL)


def check_visible_objects_are_whole(desk: Desk, folder: Path) -> None:
    """No partial object can be seen: each one that lies under a digest has it, and rows name only what is there."""
    for path in objects(folder / "vault" / "sha256"):
        desk.vault.verify(path.name)
    for capture in desk.rows(Capture):
        for digest in (capture.media_sha256, capture.page_sha256, capture.manifest_sha256, capture.warc_sha256):
            assert digest in desk.vault
