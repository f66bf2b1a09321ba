"""Captures are stated by authorities when they are made, and bundles show it to whoever has OpenSSL alone."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from crawler.custody import CustodyEntry, verify_chain
from crawler.videos import Capture
from monitor.runs.once import run_once
from monitor.workspace import Workspace, open_workspace
from registry.tenancy import caller_of
from reports.evidence.verify import verify_bundle
from reports.issuing import issue_bundle
from reports.signing.stamping import STAMPED, Stamper
from reports.signing.timestamp import Timestamp
from reports.signing.timestamper import HttpTimestamper
from reports.signing.tokens import question
from tests.support.evidence_desk import AT, Workplace, furnish, reseal
from tests.support.loopback_site import open_site
from tests.support.timestamp_authority import Authority, Issuer, Served, between, needs_openssl, root, served
from tests.support.watched_site import make_workspace, publish

pytestmark = needs_openssl

ASKED = re.compile(r"^    (openssl ts -verify .+)$", re.MULTILINE)


@pytest.fixture
def above() -> Issuer:
    return root()


@pytest.fixture
def clock(tmp_path: Path, above: Issuer) -> Iterator[Served]:
    middle = between(above)
    (tmp_path / "tsa").mkdir()
    with served(Authority(tmp_path / "tsa", middle, middle)) as authority:
        yield authority


@pytest.fixture
def watched(tmp_path: Path, clock: Served, above: Issuer) -> Iterator[Workspace]:
    """A workspace that watches two videos, one of which shows somebody, and asks one authority."""
    (tmp_path / "clips").mkdir()
    with open_site() as site:
        publish(site, tmp_path / "clips", [1, None])
        make_workspace(tmp_path / "work", site, tmp_path / "clips", [1])
        (tmp_path / "work" / "root.pem").write_bytes(above.pem)
        with (tmp_path / "work" / "semblance.toml").open("a") as settings:
            settings.write(f'[[timestamps.authorities]]\nname = "clock"\nurl = "{clock.url}"\nroots = "root.pem"\n')
        with open_workspace(tmp_path / "work") as workspace:
            yield workspace


def stamps(workspace: Workspace) -> list[Timestamp]:
    with workspace.session() as session:
        return list(session.exec(select(Timestamp)))


def test_a_run_has_each_capture_stated_once_and_custody_says_so(watched: Workspace, clock: Served) -> None:
    first = run_once(watched)
    assert (first.captured, first.timestamped, first.not_timestamped, first.problems) == (2, 2, 0, [])
    assert all(row.stated_at is not None and row.signer == "CN=Clock of Tests" for row in stamps(watched))
    with watched.session() as session:
        entries = session.exec(select(CustodyEntry).where(CustodyEntry.action == STAMPED)).all()
        assert {entry.capture_id for entry in entries} == {row.capture_id for row in stamps(watched)}
        assert verify_chain(session) is None
    second = run_once(watched)
    assert (second.timestamped, len(clock.asked)) == (0, 2)


@pytest.mark.parametrize("trouble", ["down", "rubbish", "refuses", "gone"])
def test_an_authority_in_trouble_holds_up_nothing_and_is_asked_once_a_run(
    watched: Workspace, clock: Served, trouble: str
) -> None:
    clock.says = b"<html>try later</html>" if trouble != "refuses" else b"0\x050\x03\x02\x01\x02"
    clock.status = {"down": 503, "gone": 404}.get(trouble, 200)
    first = run_once(watched)
    assert (first.captured, first.scanned, first.timestamped, first.not_timestamped) == (2, 2, 0, 2)
    (problem,) = first.problems
    assert "clock" in problem or "timestamp" in problem
    assert len(clock.asked) == 1
    clock.says, clock.status = None, 200
    second = run_once(watched)
    assert (second.captured, second.timestamped, second.not_timestamped, second.problems) == (0, 2, 0, [])
    assert all(row.problem is None and row.stated_at is not None for row in stamps(watched))


def test_a_run_whose_authority_has_no_certificates_says_where_they_belong(watched: Workspace) -> None:
    (watched.root / "root.pem").unlink()
    summary = run_once(watched)
    assert (summary.captured, summary.timestamped, summary.not_timestamped) == (2, 0, 2)
    (problem,) = summary.problems
    assert "root.pem" in problem
    assert "clock" in problem


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    (tmp_path / "desk").mkdir()
    made = furnish(tmp_path / "desk")
    assert caller_of(made.session) is None
    yield made
    made.session.close()
    made.session.get_bind().engine.dispose()


def stamp_by(place: Workplace, authority: HttpTimestamper) -> Stamper:
    stamper = Stamper(place.vault, [authority], "E. Novak")
    stamper.stamp(place.session, "c1")
    return stamper


def bundle_of(place: Workplace) -> Path:
    return issue_bundle(place.session, place.vault, place.case, place.out, place.key, operator="E. Novak", at=AT)


def follow(folder: Path) -> list[bool]:
    """Whether each of the guide's questions about a timestamp is answered as it says."""
    asked = ASKED.findall((folder / "README.txt").read_text())
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    ran = [subprocess.run(one, shell=True, cwd=folder, env=environment, capture_output=True, text=True) for one in asked]
    return [one.returncode == 0 and "Verification: OK" in one.stdout + one.stderr for one in ran]


def test_promise_5_openssl_alone_verifies_when_a_capture_was_there(place: Workplace, clock: Served, above: Issuer) -> None:
    stamp_by(place, HttpTimestamper("clock", above.pem, clock.url, 20))
    folder = bundle_of(place)
    assert follow(folder) == [True]
    (said,) = json.loads((folder / "data/case.json").read_text())["captures"][0]["timestamps"]
    verdict = verify_bundle(folder, place.key.fingerprint)
    (stated,) = verdict.timestamps
    assert (verdict.ok, stated.capture_id, stated.authority) == (True, "c1", "clock")
    assert f"{stated.at:%Y-%m-%dT%H:%M:%S}" in said["stated_at"]
    printed = subprocess.run(
        ["openssl", "x509", "-in", said["roots"], "-noout", "-fingerprint", "-sha256"], cwd=folder, capture_output=True, text=True
    ).stdout
    assert printed.strip().partition("=")[2].replace(":", "").lower() in stated.roots


def test_the_guides_command_holds_after_the_certificate_has_expired(place: Workplace, tmp_path: Path, above: Issuer) -> None:
    (tmp_path / "brief").mkdir()
    authority = Authority(tmp_path / "brief", above, days=(-1, 4 / 86400))
    with served(authority) as brief:
        stamp_by(place, HttpTimestamper("brief", above.pem, brief.url, 20))
    folder = bundle_of(place)
    time.sleep(max(0.0, (authority.certificate.not_valid_after_utc - datetime.now(UTC)).total_seconds()) + 1)
    (asked,) = ASKED.findall((folder / "README.txt").read_text())
    now = subprocess.run(asked.partition(" -attime")[0], shell=True, cwd=folder, capture_output=True, text=True)
    assert now.returncode != 0
    assert "expired" in now.stderr
    assert follow(folder) == [True]
    assert verify_bundle(folder, place.key.fingerprint).ok


def test_what_an_authority_did_not_state_is_said_and_comes_later(place: Workplace, clock: Served, above: Issuer) -> None:
    clock.status, clock.says = 503, b""
    authority = HttpTimestamper("clock", above.pem, clock.url, 20)
    (problem,) = stamp_by(place, authority).problems
    assert "503" in problem
    first = bundle_of(place)
    (said,) = json.loads((first / "data/case.json").read_text())["captures"][0]["timestamps"]
    assert said["absent"].startswith("not yet timestamped: ")
    assert "not yet timestamped" in (first / "README.txt").read_text()
    assert "not yet timestamped" in (first / "index.html").read_text()
    assert (verify_bundle(first, place.key.fingerprint).ok, verify_bundle(first).timestamps) == (True, ())
    clock.status, clock.says = 200, None
    assert stamp_by(place, authority).problems == []
    assert follow(bundle_of(place)) == [True]
    assert len(place.session.exec(select(Capture)).all()) == 2


def test_a_bundle_without_an_authority_says_whose_clock_it_is(place: Workplace) -> None:
    folder = bundle_of(place)
    assert "no timestamp authority was asked" in (folder / "README.txt").read_text()
    assert "no timestamp authority was asked" in (folder / "index.html").read_text()


def of_another_capture(folder: Path, clock: Served) -> str:
    token = next(folder.glob("data/captures/*/*.tsr"))
    token.write_bytes(HttpTimestamper("clock", b"", clock.url, 20).ask(question(b"another").request))
    return token.relative_to(folder).as_posix()


def without_roots(folder: Path, clock: Served) -> str:
    (roots,) = folder.glob("data/authorities/*.pem")
    roots.write_bytes(root().pem)
    return next(folder.glob("data/captures/*/*.tsr")).relative_to(folder).as_posix()


def with_another_time(folder: Path, clock: Served) -> str:
    case = json.loads((folder / "data/case.json").read_text())
    case["captures"][0]["timestamps"][0]["stated_at"] = "2020-01-01T00:00:00.000000Z"
    (folder / "data/case.json").write_text(json.dumps(case))
    return next(folder.glob("data/captures/*/*.tsr")).relative_to(folder).as_posix()


@pytest.mark.parametrize("lie", [of_another_capture, without_roots, with_another_time])
def test_a_resealed_bundle_does_not_lie_about_when(
    place: Workplace, clock: Served, above: Issuer, lie: Callable[[Path, Served], str]
) -> None:
    """Whoever holds the key can seal anything; the authority's signature is not theirs."""
    stamp_by(place, HttpTimestamper("clock", above.pem, clock.url, 20))
    folder = Path(shutil.copytree(bundle_of(place), place.out / "copy"))
    wrong = lie(folder, clock)
    reseal(folder, place.key)
    verdict = verify_bundle(folder, place.key.fingerprint)
    assert [name for name, _ in verdict.problems] == [wrong]
    assert verdict.timestamps == ()
