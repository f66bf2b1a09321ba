"""Many decisions, bundles and letters at a time, as a reviewer types them on a Monday morning."""

import io
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from monitor.runs.once import run_once
from monitor.workspace import open_workspace
from registry.db import now
from registry.mandates import list_mandates, revoke_mandate
from registry.subjects import find_subject
from reports.matches import MatchRow, Scan
from reports.review import Review
from tests.support.command_desk import Desk
from tests.support.drawn_clips import encode, figure, pan, scene
from tests.support.loopback_site import Site, open_site
from tests.support.watched_site import make_workspace

WHO = ("--reviewer", "R. Viewer", "--reason", "It is ours.")
SHOWN = {"one": 1, "two": 1, "three": 2}
FAIR = ("--fair-use-by", "C. Ounsel", "--fair-use-on", "2026-11-01", "--fair-use-reason", "No comment, no parody.")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with open_site() as site:
        yield site


@pytest.fixture(scope="module")
def captured(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three captured videos of two characters; "one" and "two" are a fan's, nobody is named on "three"."""
    clips, root = tmp_path_factory.mktemp("clips"), tmp_path_factory.mktemp("captured") / "work"
    for number, (name, seed) in enumerate(SHOWN.items()):
        site.file(f"/media/{name}.mp4", encode(clips / f"{name}.mp4", pan(figure(seed), scene(number))))
        author = '<meta name="author" content="Fan Hub">' if name in ("one", "two") else ""
        site.page(f"/watch/{name}", f'<html><title>{name}</title>{author}<video src="/media/{name}.mp4"></video></html>')
    site.page("/", "".join(f'<a href="/watch/{name}">{name}</a>' for name in SHOWN))
    make_workspace(root, site, clips, [1, 2])
    with open_workspace(root) as workspace:
        assert run_once(workspace).new_matches == 3
    return root


@pytest.fixture
def monday(captured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    shutil.copytree(captured, tmp_path / "work")
    return Desk(tmp_path / "work", monkeypatch, capsys)


def titles(desk: Desk, *options: str) -> list[str]:
    return sorted(row["title"] for row in desk.json("review", "list", *options))


def reviews(desk: Desk) -> list[Review]:
    with open_workspace(desk.root) as workspace, workspace.session() as session:
        return list(session.exec(select(Review)))


def test_matches_are_listed_by_what_people_know_of_them(monday: Desk, site: Site) -> None:
    assert titles(monday) == ["one", "three", "two"]
    assert titles(monday, "--uploader", "Fan Hub") == ["one", "two"]
    assert titles(monday, "--uploader", "Fan Hub", "--subject", "Figure 2") == []
    assert titles(monday, "--subject", "Figure 2", "--host", "127.0.0.1") == ["three"]
    assert titles(monday, "--host", "other.example") == []
    assert titles(monday, "--video", site.url("/watch/two")) == ["two"]
    assert titles(monday, "--video", site.url("/media/two.mp4") + "#t=1") == ["two"]
    (row,) = monday.json("review", "list", "--video", site.url("/watch/two"))
    assert titles(monday, "--video", row["video"][:12]) == ["two"]
    assert "no video" in monday.run("review", "list", "--video", site.url("/watch/none"), code=2).stderr


def test_a_table_says_once_what_is_said_of_a_video(monday: Desk) -> None:
    with open_workspace(monday.root) as workspace, workspace.session() as session:
        for row in session.exec(select(MatchRow)).all():
            session.add(MatchRow(**{**row.model_dump(), "id": "x" + row.id[1:], "t_start": row.t_end}))
        session.commit()
    lines = monday.run("review", "list").stdout.splitlines()[1:]
    assert len(lines) == 6
    assert [bool([name for name in SHOWN if f"  {name}  " in line]) for line in lines] == [True, False] * 3


def test_many_are_decided_at_once_with_a_review_each(monday: Desk) -> None:
    asked = ("review", "reject", "--subject", "Figure 1", *WHO)
    assert "2 matches fit" in monday.run(*asked, code=2).stderr  # not on a terminal, and nobody said --yes
    dry = monday.json(*asked, "--dry-run")
    assert (len(dry["decided"]), dry["left"], reviews(monday)) == (2, [], [])
    assert "2 matches would be rejected." in monday.run(*asked, "--dry-run").stdout
    said = monday.run(*asked, "--yes").stdout
    assert "2 matches rejected." in said
    assert [(row.decision, row.reviewer, row.reason) for row in reviews(monday)] == [("reject", "R. Viewer", "It is ours.")] * 2
    assert titles(monday) == ["three"]
    assert "No match fits" in monday.run(*asked, "--yes", code=2).stderr  # they wait no more
    assert monday.json(*asked, "--dry-run")["decided"] == []
    assert len(monday.json("review", "reopen", "--subject", "Figure 1", *WHO, "--yes")["decided"]) == 2
    assert titles(monday) == ["one", "three", "two"]
    assert "not said which" in monday.run("review", "reject", "--status", "pending", *WHO, "--yes", code=2).stderr


def test_a_terminal_shows_them_and_asks(monday: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("review", "permit", "--uploader", "Fan Hub", "--host", "127.0.0.1", *WHO)
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    refused = monday.run(*asked, code=1)
    assert "Nothing was decided." in refused.stderr
    assert all(name in refused.stdout for name in ("one", "two"))
    assert reviews(monday) == []
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert "2 matches permitted." in monday.run(*asked).stdout
    assert titles(monday, "--status", "permitted") == ["one", "two"]
    assert monday.json("case", "list") == []
    report = monday.json("report", "weekly")
    assert (report["permitted"], report["pending"]) == (2, 1)


def test_whatever_somebody_published_is_confirmed_with_yes_alone(
    monday: Desk, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("y\n" * 9))
    for who in (("--uploader", "Fan Hub"), ("--host", "127.0.0.1")):
        refused = monday.run("review", "confirm", *who, *WHO, code=2)
        assert "needs --yes" in refused.stderr
        assert "one" in refused.stdout
    done = monday.run("review", "confirm", "--uploader", "Fan Hub", *WHO, "--yes")
    assert all(name in done.stdout for name in ("one", "two"))
    assert "2 matches confirmed." in done.stdout
    monday.run("review", "confirm", "--video", site.url("/watch/three"), *WHO)
    assert len(monday.json("case", "list")) == 3


def test_what_cannot_be_decided_is_left_and_said(monday: Desk) -> None:
    monday.run("licence", "add", "Figure 2", "--licensee", "Maker", "--from", "2026-01-01")
    left = monday.run("review", "confirm", "--host", "127.0.0.1", "--status", "all", *WHO, "--yes", code=1)
    assert "2 matches confirmed." in left.stdout
    assert "permitted use: licensed to Maker" in left.stderr
    assert (titles(monday, "--status", "confirmed"), titles(monday, "--status", "licensed")) == (["one", "two"], ["three"])
    monday.run("review", "reopen", "--subject", "Figure 1", *WHO, "--yes")
    with open_workspace(monday.root) as workspace, workspace.session() as session:
        for mandate in list_mandates(session, find_subject(session, "Figure 1")):
            revoke_mandate(session, mandate.id, now())
        session.commit()
    answer: Any = monday.json("review", "confirm", "--subject", "Figure 1", *WHO, "--yes", code=1)
    assert answer["decided"] == []
    assert ["Nobody may act for Figure 1" in left["what"] for left in answer["left"]] == [True, True]


def test_the_allow_list_on_the_command_line(monday: Desk) -> None:
    by = ("--party", "Studio", "--by", "J. Doe", "--reason", "fan work is welcome")
    assert "--yes-all" in monday.run("allow", "add", "--host", "127.0.0.1", *by, code=2).stderr
    assert "--any-host" in monday.run("allow", "add", "--uploader", "Fan Hub", *by, code=2).stderr
    entry = monday.json("allow", "add", "--uploader", "Fan Hub", "--host", "127.0.0.1", "--until", "2099-01-01", *by)
    assert (titles(monday), titles(monday, "--status", "permitted")) == (["three"], ["one", "two"])
    (listed,) = monday.json("allow", "list", "--party", "Studio")
    assert (listed["about"], listed["status"], listed["allowed_by"]) == ("all of Studio", "valid", "J. Doe")
    monday.run("allow", "revoke", entry["id"])
    assert titles(monday) == ["one", "three", "two"]


def test_bundles_and_letters_of_all_cases(monday: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export = ("case", "export", "--all", "--out", str(out))
    draft = ("notice", "draft", "--all", "--by", "C. Ounsel", "--jurisdiction", "California", "--out", str(out))
    assert "No cases yet" in monday.run(*export).stdout
    monday.run("review", "confirm", "--uploader", "Fan Hub", *WHO, "--yes")
    made = monday.json(*export)
    bundles = [Path(path) for one in made for path in one["documents"]]
    assert len(bundles) == 2
    assert "Whole" in monday.run("evidence", "verify", bundles[0]).stdout
    said = monday.run("evidence", "verify", *bundles).stdout.splitlines()
    verdicts, keys = said[::2], said[1::2]
    assert [line.split(": ")[:2] for line in verdicts] == [[str(bundle), "Whole"] for bundle in bundles]
    assert all("its key lies in a file" in line for line in keys)
    assert [verdict["problems"] for verdict in monday.json("evidence", "verify", *bundles)] == [[], []]
    with open_workspace(monday.root) as workspace, workspace.session() as session:
        for scan in session.exec(select(Scan)).all():
            session.add(Scan(**{**scan.model_dump(), "id": scan.id[::-1], "gallery_digest": "another gallery"}))
        session.commit()
    # A case does not change by another look with a gallery that knows somebody new.
    assert [one["documents"] for one in monday.json(*export)] == [[], []]

    refused = monday.json(*draft, code=1)
    assert ["fair use" in one["what"] for one in refused] == [True, True]
    letters = monday.json(*draft, *FAIR)
    assert [[Path(path).suffix for path in one["documents"]] for one in letters] == [[".docx", ".pdf"]] * 2
    assert [one["documents"] for one in monday.json(*draft, *FAIR)] == [[], []]  # they have letters already

    monday.run("review", "confirm", "--subject", "Figure 2", *WHO)
    first, second = sorted(
        monday.json("review", "list", "--uploader", "Fan Hub", "--status", "confirmed"), key=lambda r: r["title"]
    )
    monday.run("review", "reopen", first["id"], *WHO)
    monday.run("review", "confirm", second["id"], "--reviewer", "S. Econd", "--reason", "Seen again.")
    done = monday.run(*export, code=1)
    assert len(done.stdout.splitlines()) == 2  # the new case, and the one that says more now
    assert "not confirmed" in done.stderr
    drafted = monday.run(*draft, *FAIR, code=1)
    assert "nothing new" in drafted.stdout
    assert len([line for line in drafted.stdout.splitlines() if ".pdf" in line]) == 1
    assert "not confirmed" in drafted.stderr
    assert "which cases" in monday.run("case", "export", code=2).stderr


def test_a_letter_outside_the_mandates_territory_is_refused_and_the_review_says_where(monday: Desk, tmp_path: Path) -> None:
    proof = tmp_path / "proof.txt"
    proof.write_text("signed", encoding="utf-8")
    with open_workspace(monday.root) as workspace, workspace.session() as session:
        for mandate in list_mandates(session, find_subject(session, "Figure 1")):
            revoke_mandate(session, mandate.id, now())
        session.commit()
    monday.run("mandate", "add", "Figure 1", proof, "--verified-by", "R.", "--from", "2026-01-01", "--territory", "US")
    said = monday.run("review", "list")
    assert "Figure 1: the mandate covers US only" in said.stderr
    assert "Figure 2: " not in said.stderr
    assert "Figure 1: the mandate covers US only" in monday.run("run", "--once").stderr
    monday.run("review", "confirm", "--subject", "Figure 1", *WHO, "--yes")
    draft = ("notice", "draft", "--all", "--by", "C. Ounsel", *FAIR)
    refused = monday.run(*draft, "--jurisdiction", "Germany", code=1)
    assert refused.stderr.count("in DE: the mandate covers US only") == 2
    letters = monday.json(*draft, "--jurisdiction", "California")
    assert [len(one["documents"]) for one in letters] == [2, 2]
