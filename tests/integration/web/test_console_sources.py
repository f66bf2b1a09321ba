"""Watching a place by the console: with the words of the command line, by whoever runs the machine alone."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from markupsafe import escape
from sqlmodel import select

from crawler.health import SourceRow, coverage, specs
from crawler.pages import Sighting
from crawler.videos import Video
from crawler.watchlist import list_sources
from monitor.runs.crawling import crawl_named
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Role
from registry.db import now
from registry.kinds import PartyKind
from registry.parties import add_party
from reports.render.coverage import warnings
from tests.support.console import Answer, Console, served
from tests.support.loopback_site import Site, open_site

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Clips</title>
<item><title>A clip</title><enclosure url="{base}/clip.mp4" type="video/mp4" length="9"/></item></channel></rss>"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with open_site() as site:
        site.page("/videos.rss", FEED.format(base=site.base), "application/rss+xml")
        yield site


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    root = tmp_path_factory.mktemp("sources") / "work"
    init_workspace(root)
    (root / "semblance.toml").write_text('[crawl]\nallowed_networks = ["127.0.0.0/8"]\ndelay_seconds = 0.0\n', "utf-8")
    with open_workspace(root) as workspace, served(workspace) as console:
        yield console


def post(console: Console, secret: str, path: str, **fields: str) -> Answer:
    return console.ask("POST", path, secret, urlencode(fields))


def test_a_place_is_watched_and_read_without_keeping_anything(console: Console, site: Site) -> None:
    owner = console.cookie(None)
    assert "No place is watched yet." in console.ask("GET", "/sources", owner).text
    added = post(console, owner, "/sources", name="The clips", url=site.url("/videos.rss"), kind="feed")
    assert added.status == 303
    with console.workspace.session() as session:
        ((row, _),) = list_sources(session).rows
    assert (row.name, row.url, row.look) == ("The clips", site.url("/videos.rss"), None)
    checked = post(console, owner, f"/sources/{row.id}/check")
    assert (checked.status, "As it was read just now" in checked.text) == (200, True)
    assert "/videos.rss" in site.asked
    with console.workspace.session() as session:
        assert session.exec(select(Video)).first() is None
    assert post(console, owner, "/sources/nothing/check").status == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "http://10.0.0.1/feed"}, "10.0.0.1"),
        ({"url": "file:///etc/passwd"}, "file:///etc/passwd"),
        ({"name": " "}, "is empty"),
        ({"kind": "carrier pigeon"}, "none of the choices"),
        ({"kind": "inbox", "url": "/no/such/folder"}, "There is no folder or list"),
        ({"name": "Taken"}, "There is a source &#39;Taken&#39; already."),
    ],
)
def test_what_cannot_be_watched_says_why_as_the_command_does_and_stays_typed(
    console: Console, site: Site, wrong: dict[str, str], said: str
) -> None:
    owner = console.cookie(None)
    with console.workspace.session() as session:
        known = {row.name for row, _ in list_sources(session).rows}
    if "Taken" not in known:
        assert post(console, owner, "/sources", name="Taken", url=site.url("/taken.rss"), kind="feed").status == 303
    typed = {"name": "New", "url": site.url("/new.rss"), "kind": "feed"} | wrong
    got = post(console, owner, "/sources", **typed)
    assert got.status in (409, 422), got.text
    assert said in got.text
    assert f'value="{escape(typed["url"])}"' in got.text


def test_no_account_adds_a_source_or_has_one_read(console: Console) -> None:
    with console.workspace.session() as session:
        party = add_party(session, "Studio", PartyKind.STUDIO).id
        session.commit()
    admin = console.cookie(console.account("A. Dmin", Role.ADMIN, party))
    assert post(console, admin, "/sources", name="Mine", url="https://example.com/", kind="page").status == 403
    assert "Add a source" not in console.ask("GET", "/sources", admin).text


def test_a_source_is_paused_resumed_and_removed_and_what_was_found_there_stays(console: Console, site: Site) -> None:
    owner = console.cookie(None)
    assert post(console, owner, "/sources", name="Left", url=site.url("/videos.rss"), kind="feed").status == 303
    with console.workspace.session() as session:
        key = session.exec(select(SourceRow.id).where(SourceRow.name == "Left")).one()
        crawl_named(console.workspace, session, ["Left"], lambda _: None)
    assert post(console, owner, f"/sources/{key}/pause").status == 303
    page = console.ask("GET", "/sources", owner).text
    assert "Paused since" in page
    with console.workspace.session() as session:
        assert key not in {spec.id for spec in specs(session)}
        (paused,) = [each for each in coverage(session, now(), now() + timedelta(days=1)) if each.source_id == key]
        assert paused.said == "paused"
        assert "Paused, and so not looked at: Left." in warnings([paused])
    assert post(console, owner, f"/sources/{key}/pause").status == 409
    assert post(console, owner, f"/sources/{key}/resume").status == 303
    with console.workspace.session() as session:
        assert key in {spec.id for spec in specs(session)}
    before = console.ask("GET", f"/sources/{key}/remove", owner).text
    assert "1 videos were found there; 1 of them at no other source. 0 were captured. All of them stay" in before
    assert post(console, owner, f"/sources/{key}/remove").status == 303
    with console.workspace.session() as session:
        assert key not in {row.id for row, _ in list_sources(session).rows}
        assert session.exec(select(Sighting).where(Sighting.source_id == key)).all() != []
        assert key not in {each.source_id for each in coverage(session, now(), now() + timedelta(days=1))}
        assert key in {each.source_id for each in coverage(session, now() - timedelta(days=1), now() + timedelta(days=1))}
    assert "No longer watched (1)" in console.ask("GET", "/sources", owner).text
    taken = post(console, owner, "/sources", name="Left", url=site.url("/other.rss"), kind="feed")
    assert (taken.status, "There was a source" in taken.text) == (409, True)
    assert post(console, owner, f"/sources/{key}/resume").status == 303
    assert post(console, owner, f"/sources/{key}/remove").status == 303


def test_a_source_that_was_never_looked_at_leaves_nothing(console: Console, site: Site) -> None:
    owner = console.cookie(None)
    assert post(console, owner, "/sources", name="Mistyped", url=site.url("/mistyped.rss"), kind="feed").status == 303
    with console.workspace.session() as session:
        key = session.exec(select(SourceRow.id).where(SourceRow.name == "Mistyped")).one()
    assert "It was never looked at" in console.ask("GET", f"/sources/{key}/remove", owner).text
    assert post(console, owner, f"/sources/{key}/remove").status == 303
    with console.workspace.session() as session:
        assert session.get(SourceRow, key) is None
    assert post(console, owner, f"/sources/{key}/remove").status == 404
