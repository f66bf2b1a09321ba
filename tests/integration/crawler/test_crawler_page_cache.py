"""A cache of pages that is damaged, or cannot be written, costs requests and nothing else."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.types import SourceKind, SourceSpec
from tests.support.crawls import BRISK, look
from tests.support.loopback_site import Answer, Site, open_site
from tests.support.small_disk import fill, small_disk


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


@pytest.fixture
def front(site: Site) -> SourceSpec:
    site.routes["/"] = Answer(b'<a href="/p">a page</a>', etag='"front"')
    site.routes["/p"] = Answer(b'<video src="/v.mp4"></video>', etag='"page"')
    return SourceSpec("s", SourceKind.PAGE, site.url("/"))


@pytest.mark.parametrize("where", ["whole file", "one page's body"])
def test_a_damaged_one_is_begun_anew(site: Site, front: SourceSpec, tmp_path: Path, where: str) -> None:
    cache = tmp_path / "cache" / "pages.db"
    options = replace(BRISK, cache=str(cache))
    look(front, options=options)
    if where == "whole file":
        cache.write_bytes(b"no database at all" * 400)
    else:
        with sqlite3.connect(cache) as opened:
            opened.execute("UPDATE page SET body = x'00'")
        opened.close()
    found, reports = look(front, options=options)
    assert [each.media_url for each in found] == [site.url("/v.mp4")]
    assert (reports["s"].complete, reports["s"].unchanged) == (True, 0)
    look(front, options=options)
    _, reports = look(front, options=options)
    assert reports["s"].unchanged == 2


def test_one_that_is_begun_anew_serves_the_next_crawl(site: Site, front: SourceSpec, tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "pages.db"
    cache.parent.mkdir()
    cache.write_bytes(b"no database at all" * 400)
    options = replace(BRISK, cache=str(cache))
    look(front, options=options)
    site.answered.clear()
    _, reports = look(front, options=options)
    assert reports["s"].unchanged == 2
    assert {status for path, status in site.answered if path != "/robots.txt"} == {304}


def test_a_full_disk_takes_no_page_and_hinders_no_crawl(site: Site, front: SourceSpec, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        fill(disk)
        found, reports = look(front, options=replace(BRISK, cache=str(disk / "cache" / "pages.db")))
        assert [each.media_url for each in found] == [site.url("/v.mp4")]
        assert reports["s"].complete
        # It fills while the crawl goes on.
        (disk / "filler").unlink()
        look(front, options=replace(BRISK, cache=str(disk / "pages.db")))
        site.routes["/p"] = Answer(b'<video src="/w.mp4"></video>' + bytes(range(256)) * 4000, etag='"new"')
        fill(disk)
        found, reports = look(front, options=replace(BRISK, cache=str(disk / "pages.db")))
        assert [each.media_url for each in found] == [site.url("/w.mp4")]
        assert reports["s"].complete
