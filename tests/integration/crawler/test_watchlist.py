"""There is one way onto the watch list, with the same checks for whoever takes it: the command and the demonstration."""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from crawler.errors import Refused
from crawler.guard import GuardPolicy
from crawler.health import SourceRow
from crawler.types import SourceKind
from crawler.watchlist import NotWatchable, SearchPlan, find_source, list_sources, planned_searches, watch, watch_searches
from monitor.cli.main import main
from monitor.demo.site import DemoSite
from monitor.demo.story import watch_site
from monitor.settings import FILE_NAME
from monitor.workspace import init_workspace, open_workspace
from registry.errors import Conflict, NotFound, SemblanceError
from registry.names import NameRefused

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("crawler", "matcher", "registry", "reports", "monitor")
SITE = DemoSite("http://127.0.0.1:9")
OWN_NETWORK = '[crawl]\nallowed_networks = ["127.0.0.0/8"]\n'
ANYWHERE = GuardPolicy()

Way = Callable[[Path], str]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    init_workspace(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture(params=["command", "demonstration"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Way:
    """Puts the demonstration's first source on a workspace's list; gives what was said against it."""

    def by_command(place: Path) -> str:
        typed = ["semblance", "-w", str(place), "source", "add", "Advertisements", SITE.feed, "--kind", "feed"]
        monkeypatch.setattr(sys, "argv", typed)
        main()
        return capsys.readouterr().err

    def by_demonstration(place: Path) -> str:
        with open_workspace(place) as workspace, workspace.session() as session:
            try:
                watch_site(workspace, session, SITE)
            except SemblanceError as error:
                return str(error)
            session.commit()
        return ""

    ways: dict[str, Way] = {"command": by_command, "demonstration": by_demonstration}
    return ways[request.param]


def kept(place: Path) -> dict[str, str]:
    """The addresses on the list, by name."""
    with open_workspace(place) as workspace, workspace.session() as session:
        return {watched.name: watched.url for watched, _ in list_sources(session).rows}


def test_the_guard_stands_before_the_list_whoever_adds(place: Path, way: Way) -> None:
    assert "127.0.0.1" in (said := way(place))
    assert "semblance.toml" in said or "allowed_networks" in said
    assert kept(place) == {}
    (place / FILE_NAME).write_text(OWN_NETWORK, encoding="utf-8")
    assert way(place) == ""
    assert kept(place)["Advertisements"] == SITE.feed


def test_a_name_is_taken_once_whoever_adds(place: Path, way: Way) -> None:
    (place / FILE_NAME).write_text(OWN_NETWORK, encoding="utf-8")
    assert way(place) == ""
    before = kept(place)
    assert "There is a source 'Advertisements' already." in way(place)
    assert kept(place) == before


def test_nobody_writes_a_source_past_the_watch_list() -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    assert {path.relative_to(ROOT).as_posix() for path in files if _makes_sources(path)} == {"crawler/watchlist.py"}


def _makes_sources(path: Path) -> bool:
    calls = (node.func for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call))
    return any(getattr(called, "id", getattr(called, "attr", "")) == "SourceRow" for called in calls)


@pytest.fixture
def session(place: Path) -> Iterator[Session]:
    with open_workspace(place) as workspace, workspace.session() as session:
        yield session


def test_what_is_watched_is_kept_as_checked(session: Session, tmp_path: Path) -> None:
    (tmp_path / "in box").mkdir()
    made = watch(session, "  A   feed ", "HTTPS://Example.org:443/feed", SourceKind.FEED, ANYWHERE)
    assert (made.name, made.url, made.look) == ("A feed", "https://example.org/feed", None)
    assert watch(session, "tips", str(tmp_path / "in box"), SourceKind.INBOX, ANYWHERE).url == (tmp_path / "in box").as_uri()
    assert watch(session, "bili", "bilisearch20:a b", SourceKind.YTDLP, ANYWHERE).url == "bilisearch20:a b"
    assert [each.id for each in find_source(session, made.id)] == [made.id]


@pytest.mark.parametrize(
    ("name", "url", "kind", "refusal"),
    [
        (" ", "https://example.org/", SourceKind.PAGE, NameRefused),
        ("a", "http://10.0.0.7/", SourceKind.PAGE, Refused),
        ("a", "file:///etc/passwd", SourceKind.PAGE, Refused),
        ("a", "bilisearchx:a", SourceKind.YTDLP, Refused),
        ("a", "/nowhere/at/all", SourceKind.INBOX, NotWatchable),
        ("taken", "https://example.org/", SourceKind.PAGE, Conflict),
    ],
)
def test_what_cannot_be_watched_is_refused_and_not_kept(
    session: Session, name: str, url: str, kind: SourceKind, refusal: type[SemblanceError]
) -> None:
    watch(session, "taken", "https://example.org/feed", SourceKind.FEED, ANYWHERE)
    with pytest.raises(refusal):
        watch(session, name, url, kind, ANYWHERE)
    assert len(session.exec(select(SourceRow)).all()) == 1


def test_searches_are_planned_whole_and_watched_once(session: Session) -> None:
    plan = SearchPlan(SourceKind.YTDLP, "bilisearch", also=["Ana"], words=["Sora", "Veo"])
    planned = planned_searches(session, plan)
    assert [each.url for each in planned] == ["bilisearch20:Ana Sora", "bilisearch20:Ana Veo", "bilisearch20:Ana"]
    watch(session, "own name", planned[1].url, SourceKind.YTDLP, ANYWHERE)
    assert watch_searches(session, plan, ANYWHERE) == (planned[0], planned[2])
    assert watch_searches(session, plan, ANYWHERE) == ()
    assert planned_searches(session, plan) == planned


def test_what_is_not_there_is_named(session: Session) -> None:
    with pytest.raises(NotFound, match="no source 'x'"):
        find_source(session, "x")
    with pytest.raises(NotWatchable, match="feed has no search"):
        planned_searches(session, SearchPlan(SourceKind.FEED, also=["Ana"]))
