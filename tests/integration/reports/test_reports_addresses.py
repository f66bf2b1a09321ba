"""What a case's evidence says of where the bytes are: each address and page as it was, each with the look it comes from."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from crawler.availability import State
from crawler.health import SourceRow
from crawler.pages import record_discovery
from crawler.types import Discovery
from crawler.videos import Capture
from monitor.runs.once import run_once
from monitor.workspace import Workspace
from registry.db import now
from reports.addresses import Address, addresses_of
from reports.issuing import issue_bundle
from reports.matches import MatchRow
from reports.review import Decision, review
from reports.signing.key_file import signing_key
from tests.support.cases import open_cases
from tests.support.loopback_site import Site
from tests.support.prepared import Prepared
from tests.support.watched_site import watched_before

POST = '<title>{0}</title><meta name="author" content="{1}"><body><video src="/media/0.mp4"></video></body>'


def begin(workspace: Workspace, site: Site) -> None:
    show_in_posts(site)
    run_once(workspace)
    with workspace.session() as session:
        review(session, session.exec(select(MatchRow)).one().id, Decision.CONFIRM, "R. Viewer", "clear", now())
        session.commit()


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """One confirmed match in a file that two posts show."""
    with watched_before(tmp_path_factory.mktemp("before"), [1], [1], begin) as made:
        yield made


@pytest.fixture
def site(before: Prepared) -> Site:
    return before.site


def show_in_posts(site: Site) -> None:
    for path, title, author in (("/post/one", "First post", "Ann"), ("/post/two", "Second post", "Ben")):
        site.page(path, POST.format(title, author))
    site.page("/", '<a href="/post/one">1</a><a href="/post/two">2</a>')


def addresses(workspace: Workspace) -> tuple[Address, ...]:
    with workspace.session() as session:
        found = addresses_of(session, session.exec(select(Capture).order_by(col(Capture.captured_at))).all())
        session.expunge_all()
        return found


def exported(workspace: Workspace, out: Path) -> Path:
    with workspace.session() as session:
        (case,) = open_cases(session)
        return issue_bundle(session, workspace.vault, case, out, signing_key(workspace.keys))


def test_promise_5_evidence_names_every_page_with_its_own_words_and_the_look_at_it(workspace: Workspace, tmp_path: Path) -> None:
    bundle = exported(workspace, tmp_path)
    (address,) = json.loads((bundle / "data/case.json").read_text())["addresses"]
    pages = {page["title"]: page for page in address["pages"]}
    assert {title: page["uploader"] for title, page in pages.items()} == {"First post": "Ann", "Second post": "Ben"}
    assert all(page["look"]["outcome"] == "seen" and page["read"] == "the page itself" for page in pages.values())
    assert address["availability"]["state"] == "not looked at since"
    page = (bundle / "index.html").read_text()
    assert "First post" in page
    assert "Second post" in page
    assert "not looked at since it was captured" in page


def test_every_run_looks_at_what_is_confirmed_also_when_no_source_shows_it_any_more(workspace: Workspace, site: Site) -> None:
    site.page("/", "<p>nothing here any more</p>")
    assert run_once(workspace).gone == []
    (found,) = addresses(workspace)
    assert found.availability.state is State.SEEN
    media = site.routes.pop("/media/0.mp4")
    del site.routes["/post/one"]
    media_url = site.url("/media/0.mp4")
    assert run_once(workspace).gone == [media_url, f"{site.url('/post/one')} (a page of {media_url})"]
    (found,) = addresses(workspace)
    assert found.availability.state is State.GONE
    assert "gone since" in found.said
    said = {page.page.title: page.said for page in found.pages}
    assert "gone on" in said["First post"]
    assert "answered 404" in said["First post"]
    assert said["Second post"].startswith("seen on")
    site.routes["/media/0.mp4"] = media
    assert run_once(workspace).back == [site.url("/media/0.mp4")]
    assert addresses(workspace)[0].availability.state is State.SEEN


def test_a_title_that_changed_is_told_with_what_it_was(workspace: Workspace, site: Site) -> None:
    site.page("/post/one", POST.format("Renamed", "Ann"))
    run_once(workspace)
    (found,) = addresses(workspace)
    titles = {page.page.url: (page.page.title, page.page.earlier_titles) for page in found.pages}
    assert titles[site.url("/post/one")] == ("Renamed", ("First post",))


def test_a_page_named_by_a_source_that_was_never_read_is_said_so(workspace: Workspace, site: Site) -> None:
    with workspace.session() as session:
        source = session.exec(select(SourceRow)).one()
        record_discovery(session, Discovery(source.id, site.url("/media/0.mp4"), site.url("/elsewhere"), "A feed's words"), now())
        session.commit()
    (found,) = addresses(workspace)
    said = {page.page.title: page.said for page in found.pages}
    assert said["A feed's words"].endswith("not looked at")
