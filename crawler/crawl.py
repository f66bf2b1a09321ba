"""Looking through sources: a child process crawls, this one hears what it finds."""

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

from crawler.guard import GuardPolicy
from crawler.inbox import InboxContents, read_inbox
from crawler.listings import read_listing
from crawler.protocol import CrawlOptions as CrawlOptions
from crawler.protocol import Job, Line, job_to_bytes, line_from_bytes
from crawler.types import Discovery, SourceKind, SourceReport, SourceSpec
from isolation.worker import bare_environment

_log = logging.getLogger(__name__)
_guard_log = logging.getLogger("crawler.guard")

_ROOT = Path(__file__).resolve().parents[1]
_GRACE = 30.0
_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def crawl(specs: Sequence[SourceSpec], policy: GuardPolicy, options: CrawlOptions) -> Iterator[Discovery | SourceReport]:
    """What the sources show, as it is found, and one report per source, whatever happens to it or to the others."""
    on_the_web: list[SourceSpec] = []
    inboxes: dict[str, InboxContents] = {}
    for spec in specs:
        if spec.kind is SourceKind.INBOX:
            inboxes[spec.id] = found = read_inbox(spec)
            yield from found.discoveries
            if found.pages:
                on_the_web.append(replace(spec, seeds=found.pages))
            else:
                yield found.report()
        elif spec.kind is not SourceKind.YTDLP:
            on_the_web.append(spec)
    for item in _crawl_web(on_the_web, policy, options):
        yield inboxes[item.source_id].joined(item) if isinstance(item, SourceReport) and item.source_id in inboxes else item
    for spec in specs:
        if spec.kind is SourceKind.YTDLP:
            yield from read_listing(spec, policy, options)


def _crawl_web(specs: Sequence[SourceSpec], policy: GuardPolicy, options: CrawlOptions) -> Iterator[Discovery | SourceReport]:
    """A reactor starts once per process, so each crawl has a process of its own. It ends when this one does, when the iterator is
    closed, and soon after the options' time is over."""
    if not specs:
        return
    started = datetime.now(UTC)
    unreported: dict[str, set[str]] = {spec.id: set() for spec in specs}
    with tempfile.TemporaryFile() as complaints, _child(complaints) as child:
        try:
            _give(child, Job(tuple(specs), policy, options, os.getpid()))
            for line in _lines(child, time.monotonic() + options.max_seconds + options.page_seconds + _GRACE):
                if line.report is not None:
                    unreported.pop(line.report.source_id, None)
                    yield line.report
                elif line.refused is not None:
                    _guard_log.warning("%s", line.refused)
                elif line.discovery is not None:
                    unreported[line.discovery.source_id].add(line.discovery.media_url)
                    yield line.discovery
        finally:
            _end(child)
        if unreported:
            complaints.seek(0)
            _log.error("the crawl ended early: %s", complaints.read(20_000).decode("utf-8", "replace"))
    for source_id, videos in unreported.items():
        words = "The crawl ended before this source was read to its end."
        yield SourceReport(source_id, started, datetime.now(UTC), 0, len(videos), complete=False, errors=(words,), notes=(words,))


def _child(complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    # With -m the working directory comes first on the import path: the child runs this very code, installed or not.
    command = [sys.executable, "-m", "crawler.spider"]
    # It meets strangers: no key, token or proxy of ours is in its reach, only whom this machine trusts to vouch for sites.
    trusted = {name: os.environ[name] for name in _TRUST if name in os.environ}
    return subprocess.Popen(  # noqa: S603
        command,
        cwd=_ROOT,
        env={**bare_environment(), **trusted},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
    )


def _give(child: subprocess.Popen[bytes], job: Job) -> None:
    """Hand the job over. The pipe stays open: when it closes, for whatever reason, the child ends."""
    assert child.stdin is not None
    try:
        child.stdin.write(job_to_bytes(job))
        child.stdin.flush()
    except BrokenPipeError:
        _log.error("the crawling process did not start")


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    assert child.stdin is not None
    with suppress(BrokenPipeError):
        child.stdin.close()


def _lines(child: subprocess.Popen[bytes], deadline: float) -> Iterator[Line]:
    """The child's lines until it ends or the deadline passes."""
    assert child.stdout is not None
    lines: SimpleQueue[bytes] = SimpleQueue()
    # The pipe is emptied at once: a child that waits for its reader would take its own standstill for a slow site.
    threading.Thread(target=_drain, args=(child.stdout, lines), daemon=True).start()
    while True:
        try:
            data = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            return
        if not data.endswith(b"\n"):
            return
        yield line_from_bytes(data)


def _drain(stdout: IO[bytes], lines: SimpleQueue[bytes]) -> None:
    for line in stdout:
        lines.put(line)
    lines.put(b"")
