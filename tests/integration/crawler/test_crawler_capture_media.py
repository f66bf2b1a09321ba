"""Large, broken-off, changing and tool-taken media; WARC files; what is looked at again."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session
from warcio.archiveiterator import ArchiveIterator

from crawler.browser import browser
from crawler.capture import CaptureTools, capture_video
from crawler.fetch.http import HttpFetcher
from crawler.fetch.resume import BLOCK, KEEP_FROM
from crawler.fetch.ytdlp import YtDlp
from crawler.guard import GuardPolicy
from crawler.pages import record_discovery
from crawler.recheck import recheck_queue
from crawler.screenshot import Pictures
from crawler.types import Discovery, TakenBy
from crawler.videos import Capture, Video, VideoState
from tests.support.capture_desk import AT, OPERATOR, VIDEO, Desk
from tests.support.loopback_site import Answer, Site, UntrustedSite

LOOPBACK = GuardPolicy.allowing("127.0.0.0/8")
LARGE = b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + os.urandom(KEEP_FROM + BLOCK)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.tools = CaptureTools(parts=tmp_path / "parts")
    yield made
    made.engine.dispose()


def capture_of(desk: Desk, video_id: str) -> Capture:
    outcome = desk.capture(video_id)
    assert outcome.capture_id is not None, outcome
    with Session(desk.engine) as session:
        return session.get_one(Capture, outcome.capture_id)


def test_a_download_that_breaks_off_goes_on_where_it_stopped(desk: Desk, site: Site, tmp_path: Path) -> None:
    url = site.ranged("/v.mp4", LARGE, '"1"', hang_up_after=3_000_000)
    capture = capture_of(desk, desk.found(url))
    assert b"".join(desk.vault.chunks(capture.media_sha256)) == LARGE
    assert [status for path, status in site.answered if path == "/v.mp4"] == [200, 206, 206, 206, 206]
    assert list((tmp_path / "parts").iterdir()) == []


def test_a_server_that_ignores_range_is_gone_on_with_all_the_same(desk: Desk, site: Site) -> None:
    answers = iter([3_000_000, 5_000_000, None])
    site.routes["/v.mp4"] = lambda: Answer(LARGE, "video/mp4", etag='"1"', hang_up_after=next(answers))
    capture = capture_of(desk, desk.found(site.url("/v.mp4")))
    assert b"".join(desk.vault.chunks(capture.media_sha256)) == LARGE
    assert [status for path, status in site.answered if path == "/v.mp4"] == [200, 200, 200]


def test_a_video_that_changes_while_it_downloads_is_taken_anew(desk: Desk, site: Site, tmp_path: Path) -> None:
    other = LARGE[:40] + os.urandom(len(LARGE))
    answers = iter(
        [Answer(LARGE, "video/mp4", etag='"1"', hang_up_after=9_000_000), *[Answer(other, "video/mp4", etag='"2"')] * 2]
    )
    site.routes["/v.mp4"] = lambda: next(answers)
    video = desk.found(site.url("/v.mp4"))
    outcome = desk.capture(video)
    assert "changed while it was downloaded" in (outcome.what or "")
    assert outcome.retryable
    assert list((tmp_path / "parts").iterdir()) == []
    assert b"".join(desk.vault.chunks(capture_of(desk, video).media_sha256)) == other


def test_a_part_of_an_earlier_run_is_gone_on_with_and_a_rotten_one_is_not(desk: Desk, site: Site, tmp_path: Path) -> None:
    for rotten in (False, True):
        url = site.ranged(f"/{rotten}.mp4", LARGE, '"1"', hang_up_after=3 * BLOCK - 100)
        video = desk.found(url)
        assert desk.capture(video, max_seconds=0.4).what
        part = tmp_path / "parts" / f"{video}.part"
        assert part.stat().st_size == 2 * BLOCK
        if rotten:
            with part.open("r+b") as stream:
                stream.seek(BLOCK + 5)
                stream.write(b"rot")
        site.ranged(f"/{rotten}.mp4", LARGE, '"1"')
        site.answered.clear()
        capture = capture_of(desk, video)
        assert b"".join(desk.vault.chunks(capture.media_sha256)) == LARGE
        assert site.answered == [(f"/{rotten}.mp4", 206)]


def test_a_wrong_length_ends_and_is_said(desk: Desk, site: Site) -> None:
    site.routes["/v.mp4"] = Answer(VIDEO, "video/mp4", etag='"1"', length=len(VIDEO) + 10)
    outcome = desk.capture(desk.found(site.url("/v.mp4")), max_seconds=3.0)
    assert outcome.capture_id is None
    assert outcome.what


def test_a_video_is_looked_at_again_and_taken_when_it_changed(desk: Desk, site: Site) -> None:
    url = site.ranged("/v.mp4", VIDEO, '"1"')
    video = desk.found(url)
    first = capture_of(desk, video)
    with Session(desk.engine) as session:
        assert [row.id for row in recheck_queue(session, AT + timedelta(days=1))] == [video]
        assert recheck_queue(session, AT) == []
        assert [row.id for row in recheck_queue(session, AT, always=[video])] == [video]
    site.answered.clear()
    again = desk.capture(video)
    assert (again.unchanged, again.new, again.capture_id) == (True, False, first.id)
    assert site.answered == [("/v.mp4", 304)]
    site.ranged("/v.mp4", VIDEO + b"more", '"2"')
    changed = desk.capture(video)
    assert changed.new
    assert len(desk.rows(Capture)) == 2


def test_the_warc_holds_requests_answers_and_bodies(desk: Desk, site: Site, tmp_path: Path) -> None:
    media = site.file("/v.mp4", VIDEO)
    page = site.page("/p?a=1", "<video src='/v.mp4'>標題")
    site.redirect("/moved.mp4", "/v.mp4")
    capture = capture_of(desk, desk.found(site.url("/moved.mp4"), page))
    assert capture.warc_sha256 is not None
    copy = tmp_path / "c.warc"
    copy.write_bytes(b"".join(desk.vault.chunks(capture.warc_sha256)))
    seen = []
    with copy.open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            body = record.content_stream().read()
            seen.append((record.rec_type, record.rec_headers.get_header("WARC-Target-URI"), body))
            if record.rec_type == "response":
                assert record.http_headers.get_statuscode() == "200"
                assert record.rec_headers.get_header("WARC-IP-Address") == "127.0.0.1"
            if record.rec_type == "request":
                assert record.http_headers.get_header("User-Agent").startswith("Semblance/")
    bodies = {(kind, url): body for kind, url, body in seen}
    assert bodies["response", media] == VIDEO
    assert bodies["response", page] == "<video src='/v.mp4'>標題".encode()
    assert json.loads(bodies["metadata", media])["redirects"] == [media]
    assert [kind for kind, _, _ in seen] == ["warcinfo", *["response", "request", "metadata"] * 2]
    tool = Path(sys.executable).parent / "warcio"
    checked = subprocess.run([tool, "check", str(copy)], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout


def test_the_servers_certificate_is_kept(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    secure = UntrustedSite(tmp_path / "tls")
    secure.site.routes["/a.mp4"] = Answer(VIDEO, "video/mp4")
    with secure as url:
        desk.fetcher = HttpFetcher(LOOPBACK, authorities=secure.certificate)
        capture = capture_of(desk, desk.found(url))
    warc = b"".join(desk.vault.chunks(capture.warc_sha256 or ""))
    assert secure.certificate.read_bytes().strip() in warc
    manifest = json.loads(b"".join(desk.vault.chunks(capture.manifest_sha256)))
    assert len(manifest["media"]["exchange"]["tls_certificate_sha256"]) == 64


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real clip, and the same as an HLS playlist of four pieces."""
    if shutil.which("ffmpeg") is None:
        message = "ffmpeg, which makes the playlist, is not installed"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    folder = tmp_path_factory.mktemp("clip")
    source = "-f lavfi -i testsrc=d=4:s=160x120:r=10 -f lavfi -i sine=d=4 -c:v libx264 -g 10 -c:a aac"
    subprocess.run(["ffmpeg", "-v", "error", *source.split(), "v.mp4"], cwd=folder, check=True)
    pieces = "-i v.mp4 -c copy -hls_time 1 -hls_list_size 0 h.m3u8"
    subprocess.run(["ffmpeg", "-v", "error", *pieces.split()], cwd=folder, check=True)
    return folder


def test_yt_dlp_takes_a_page_and_a_playlist_for_real(desk: Desk, site: Site, clip: Path) -> None:
    desk.tools = CaptureTools(yt_dlp=YtDlp(LOOPBACK))
    for path in clip.iterdir():
        site.file(f"/{path.name}", path.read_bytes(), "application/vnd.apple.mpegurl" if path.suffix == ".m3u8" else "video/mp4")
    playlist = capture_of(desk, desk.found(site.url("/h.m3u8")))
    assert playlist.media_type == "video/mp2t"
    pieces = b"".join((clip / f"h{number}.ts").read_bytes() for number in range(4))
    assert playlist.media_size == len(pieces)
    page = site.page("/watch", '<html><head><title>A clip</title></head><body><video src="/v.mp4"></video></body></html>')
    with Session(desk.engine) as session:
        video = record_discovery(session, Discovery(desk.source_id, page, page, via=TakenBy.YTDLP), AT)
        session.commit()
        identity = video.id
    watched = capture_of(desk, identity)
    assert watched.media_sha256 == hashlib.sha256((clip / "v.mp4").read_bytes()).hexdigest()
    assert watched.page_sha256 is not None
    manifest = json.loads(b"".join(desk.vault.chunks(watched.manifest_sha256)))
    assert manifest["media"]["tool"]["name"] == "yt-dlp"
    assert manifest["video"]["title"].startswith("A clip")


def test_promise_6_a_failure_of_yt_dlp_is_a_stated_gap(desk: Desk, site: Site) -> None:
    desk.tools = CaptureTools(yt_dlp=YtDlp(LOOPBACK))
    site.page("/robots.txt", "User-agent: *\nDisallow: /closed\n", "text/plain")
    bad = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://169.254.169.254/x.ts\n#EXT-X-ENDLIST\n"
    site.page("/inward.m3u8", bad, "application/vnd.apple.mpegurl")
    expected = {
        "/none": ("404", TakenBy.YTDLP),
        "/closed": ("robots.txt forbids", TakenBy.YTDLP),
        "/inward.m3u8": ("guard forbids", TakenBy.HTTP),
    }
    for path, (words, via) in expected.items():
        with Session(desk.engine) as session:
            video = record_discovery(session, Discovery(desk.source_id, site.url(path), via=via), AT)
            session.commit()
            identity = video.id
        outcome = desk.capture(identity)
        assert words in (outcome.what or ""), outcome
        assert outcome.remedy
        row = desk.video(identity)
        assert (row.state, row.failure) == (VideoState.FAILED, outcome.what)
    assert "/closed" not in site.asked


def test_a_dropped_file_is_captured_as_it_was_found(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "tip off & on.mp4"
    path.write_bytes(VIDEO)
    name = f"urn:sha256:{hashlib.sha256(VIDEO).hexdigest()}"
    with Session(desk.engine) as session:
        video = record_discovery(session, Discovery(desk.source_id, name, path.as_uri(), via=TakenBy.FILE), AT)
        session.commit()
        identity = video.id
    capture = capture_of(desk, identity)
    assert (capture.media_sha256, capture.final_url) == (name.removeprefix("urn:sha256:"), name)
    path.write_bytes(VIDEO + b"!")
    assert "other bytes" in (desk.capture(identity).what or "")
    with Session(desk.engine) as session:
        assert session.get_one(Video, identity).state is VideoState.CAPTURED


@pytest.mark.skipif(browser() is None, reason="Chromium is not installed")
def test_a_page_is_pictured_within_the_guard(site: Site) -> None:
    page = site.page("/p", "<h1>Hello</h1><script>fetch('http://10.0.0.1/x'); fetch('/y')</script>")
    with Pictures(LOOPBACK) as pictures:
        taken = pictures.take(page)
    assert taken.png is not None, taken.why
    assert taken.png.startswith(b"\x89PNG")
    assert any("10.0.0.1" in refused for refused in taken.refused)
    assert "/y" in site.asked


def test_the_operator_stands_in_the_record(desk: Desk, site: Site) -> None:
    capture = capture_of(desk, desk.found(site.file("/v.mp4", VIDEO)))
    assert f"operator: {OPERATOR}".encode() in b"".join(desk.vault.chunks(capture.warc_sha256 or ""))
    assert (
        capture_video(desk.engine, desk.vault, desk.fetcher, capture.video_id, operator=OPERATOR, at=AT).capture_id == capture.id
    )
