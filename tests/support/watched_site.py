"""A workspace that watches a loopback site whose pages carry real encoded videos of drawn figures."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from crawler.health import SourceKind, SourceRow
from monitor.enrolment import enrol_file
from monitor.recognisers import build_recognisers, recogniser_spec
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.kinds import PartyKind, SubjectKind
from registry.mandates import declare_own
from registry.parties import add_party
from registry.subjects import add_subject
from tests.support.drawn_clips import encode, figure, pan, save, scene
from tests.support.loopback_site import Site, open_site
from tests.support.prepared import Prepared, prepared

SETTINGS = """\
pack = ""
[operator]
name = "Test Desk"
[crawl]
allowed_networks = ["127.0.0.0/8"]
delay_seconds = 0.0
[capture]
screenshots = false
"""
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TITLE = "<b>Café</b> \u202egnp.exe 成龍 👩\u200d🚀"


def publish(site: Site, folder: Path, shown: list[int | None]) -> list[str]:
    """Put up a page and a video per entry, each showing the figure of that number or none, and a page that lists them."""
    urls, links = [], []
    for number, seed in enumerate(shown):
        body = encode(folder / f"{number}.mp4", pan(None if seed is None else figure(seed), scene(100 + number)))
        urls.append(site.file(f"/media/{number}.mp4", body))
        page = f'<html><head><title>{TITLE} {number}</title></head><body><video src="/media/{number}.mp4"></video></body></html>'
        site.page(f"/watch/{number}", page)
        links.append(f'<li><a href="/watch/{number}">{number}</a></li>')
    site.page("/", f"<html><body><ul>{''.join(links)}</ul></body></html>")
    return urls


def make_workspace(root: Path, site: Site, folder: Path, enrolled: list[int], more: str = "") -> None:
    """A workspace with a studio, the figures as its characters, and the site's front page as a source. more: settings."""
    init_workspace(root)
    (root / "semblance.toml").write_text(SETTINGS + more, encoding="utf-8")
    with open_workspace(root) as workspace, workspace.session() as session:
        studio = add_party(session, "Studio", PartyKind.STUDIO)
        recognisers = build_recognisers(recogniser_spec(workspace.settings))
        for seed in enrolled:
            subject = add_subject(session, studio, f"Figure {seed}", SubjectKind.CHARACTER)
            declare_own(session, workspace.vault, subject, verified_by="R. Reader", starts_at=BEGIN)
            enrol_file(workspace, session, recognisers, subject, save(folder / f"figure{seed}.png", figure(seed)))
        session.add(SourceRow(name="front page", kind=SourceKind.PAGE, url=site.url("/")))
        session.commit()


@contextmanager
def watched(folder: Path, site: Site, shown: Sequence[int | None], enrolled: Sequence[int]) -> Iterator[Workspace]:
    """A workspace in folder/work that watches a site with these videos; see publish and make_workspace."""
    clips = folder / "clips"
    clips.mkdir()
    publish(site, clips, list(shown))
    make_workspace(folder / "work", site, clips, list(enrolled))
    with open_workspace(folder / "work") as workspace:
        yield workspace


@contextmanager
def watched_before(
    folder: Path, shown: Sequence[int | None], enrolled: Sequence[int], begin: Callable[[Workspace, Site], None]
) -> Iterator[Prepared]:
    """The same in folder, with a site of its own, as begin leaves both; for many tests."""
    with open_site() as site:
        with watched(folder, site, shown, enrolled) as workspace:
            begin(workspace, site)
        yield prepared(folder / "work", site)


def everything_on_disk(workspace: Workspace) -> bytes:
    return b"\x00".join(path.read_bytes() for path in sorted(workspace.root.rglob("*")) if path.is_file())
