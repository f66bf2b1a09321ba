"""No number in an account's Python session counts the rows of others: not by keys, places in a chain, nor by trying numbers."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from crawler.custody import CustodyEntry, append, chain_verdict
from monitor.workspace import Workspace, open_workspace
from registry.accounts import Role
from registry.audit import AuditEntry, verify_audit
from registry.audit_listing import listed_entries
from registry.canonical_json import canonical_json
from registry.db import now
from registry.kinds import PartyKind
from registry.paging import Part
from registry.subjects import find_subject, rename_subject
from registry.tenancy import AccountSession
from reports.evidence.contents import custody_lines
from reports.review import Decision, Review, review
from tests.support.audit_log import list_entries
from tests.support.tenancy.each_database import KINDS, maker
from tests.support.tenancy.two_parties import AT, CLASSES, caller, furnish, published

MOMENTS = {"review": {"id", "follows"}, "second_review": {"review_id"}, "notice_event": {"id"}, "absence_stamp": {"event_id"}}
"""Numbers that are a moment and no count."""


@pytest.fixture(scope="module", params=KINDS)
def make(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    return maker(request)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory, make: Callable[[Path], None]) -> Iterator[tuple[Workspace, Workspace]]:
    """Alpha's rows alone, and between many of Beta's and Gamma's."""
    root = tmp_path_factory.mktemp("worlds")
    for name, others in (("alone", False), ("between", True)):
        make(root / name)
        with open_workspace(root / name) as workspace, workspace.session() as session:
            for other in ("Beta", "Gamma"):
                if others:
                    furnish(workspace, session, other, PartyKind.UNION)
                else:
                    published(session, other)
            furnish(workspace, session, "Alpha")
            for number in range(9 if others else 0):
                rename_subject(session, find_subject(session, "Beta seal"), f"Beta {number} seal")
                rename_subject(session, find_subject(session, f"Beta {number} seal"), "Beta seal")
                review(session, "Beta match", Decision.REOPEN if number % 2 else Decision.REJECT, "Beta", "again", now())
                append(session, "Beta", "exported", "c-beta", {"case_id": "b"}, AT)
            review(session, "Alpha match", Decision.REOPEN, "Alpha reviewer", "again", now())
            append(session, "Alpha", "looked", "c-alpha", {}, AT)
            session.commit()
    with open_workspace(root / "alone") as alone, open_workspace(root / "between") as between:
        yield alone, between


def numbers_in(session: Session) -> dict[str, Counter[str]]:
    """Every number that the session's rows hold, by table and column, in the order of the rows' keys."""
    found: dict[str, Counter[str]] = {}
    for name, table in CLASSES.items():
        for row in session.exec(select(table)):
            for column, value in row.model_dump().items():
                if column not in MOMENTS.get(name, ()):
                    found.setdefault(f"{name}.{column}", Counter()).update(map(str, _numbers(value)))
    return found


def _numbers(value: Any) -> Iterator[Any]:
    if isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _numbers(inner)
    elif isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal() and len(value) < 13):
        yield value


@pytest.mark.parametrize("role", Role)
def test_promise_9_all_numbers_are_the_same_whether_others_are_there_or_not(
    worlds: tuple[Workspace, Workspace], role: Role
) -> None:
    told = []
    for place in worlds:
        with AccountSession(place.engine, caller(place, role)) as session:
            verdicts = [(found.entries, found.broken, found.ok) for found in (verify_audit(session), chain_verdict(session))]
            listed = listed_entries(session, Part(limit=2))
            told.append((numbers_in(session), verdicts, listed.more, [entry.seq for entry, _ in listed.rows]))
    assert told[0] == told[1]
    assert sum(told[0][0]["audit_entry.seq"].values()) == told[0][1][0][0] > 1


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_the_log_in_parts_is_the_log_as_a_whole(worlds: tuple[Workspace, Workspace], limit: int) -> None:
    """Parts are read by indexes, and the whole by the view, which numbers the entries."""
    with AccountSession(worlds[1].engine, caller(worlds[1])) as session:
        whole = [entry.model_dump() for entry in session.exec(select(AuditEntry).order_by(col(AuditEntry.seq).desc()))]
        session.expire_all()
        found, after, more = list[dict[str, Any]](), None, len(whole)
        while more:
            listed = listed_entries(session, Part(limit=limit, after=after))
            rows, more = list(listed.rows), listed.more
            found += [entry.model_dump() for entry, _ in rows]
            after = rows[-1][1]
            assert more == len(whole) - len(found)
        assert found == whole
        assert len({entry["digest"] for entry in found}) == len(found) > 3
        assert not list(listed_entries(session, Part(limit=limit, after=after)).rows)


def test_reviews_of_two_parties_are_numbered_by_moments(worlds: tuple[Workspace, Workspace]) -> None:
    began = AT.timestamp() * 1_000_000
    with AccountSession(worlds[1].engine, caller(worlds[1])) as session:
        keys = [row.id for row in session.exec(select(Review).order_by(col(Review.id)))]
    assert len(keys) == 2
    assert all(key is not None and began < key < now().timestamp() * 1_000_000 for key in keys)


def test_the_numbers_are_not_found_by_trying(worlds: tuple[Workspace, Workspace]) -> None:
    """An entry's digest is over its number: whoever knows all the rest would find it."""
    with AccountSession(worlds[1].engine, caller(worlds[1])) as session:
        entries = list_entries(session, last=10_000)
        digests = {entry.digest for entry in entries}
        assert {(entry.previous, entry.salt) for entry in entries} == {("", None)}
    with worlds[1].session() as owner:
        real = {row.digest: row for row in owner.exec(select(AuditEntry))}
        assert all(row.salt for row in real.values())
    assert digests <= real.keys()
    # That the search would find it is shown by the one who knows the salt.
    for entry in entries[-2:]:
        known = [*digests, "0" * 64]
        assert not _found(entry, known, [None])
        assert _found(entry, [real[entry.digest].previous], [real[entry.digest].salt]) == real[entry.digest].seq


def _found(entry: AuditEntry, previous: list[str], salts: list[str | None]) -> int | None:
    plain = entry.model_dump(exclude={"digest", "salt", "previous", "seq"})
    plain["at"] = entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    plain = {name: value for name, value in plain.items() if name != "concerns" or value is not None}
    for salt in salts:
        for before in previous:
            for seq in range(1, 400):
                said = {**plain, "previous": before, "seq": seq} | ({} if salt is None else {"salt": salt})
                if hashlib.sha256(canonical_json(said)).hexdigest() == entry.digest:
                    return seq
    return None


def test_a_noted_digest_still_shows_an_auditor_that_its_entry_stands(worlds: tuple[Workspace, Workspace]) -> None:
    with AccountSession(worlds[1].engine, caller(worlds[1], Role.AUDITOR)) as session:
        head = verify_audit(session).head
        assert verify_audit(session, head).ok
        assert not verify_audit(session, "1" * 64).ok
    with worlds[1].session() as owner:
        assert verify_audit(owner).ok
        assert verify_audit(owner, head).ok


def test_a_bundle_of_an_account_holds_the_chain_as_it_is(worlds: tuple[Workspace, Workspace]) -> None:
    lines = []
    for open_session in (worlds[1].session, lambda: AccountSession(worlds[1].engine, caller(worlds[1]))):
        with open_session() as session:
            captures = [row for row in session.exec(select(CLASSES["capture"])) if row.id == "c-alpha"]
            lines.append(custody_lines(session, captures, "a case"))  # type: ignore[arg-type]
    assert lines[0] == lines[1]
    links = [json.loads(line) for line in lines[0].splitlines()]
    assert all(after["previous"] == before["sha256"] for before, after in pairwise(links))
    with worlds[1].session() as owner:
        (last,) = owner.exec(select(CustodyEntry).where(CustodyEntry.sha256 == links[-1]["sha256"]))
        assert links[-1]["seq"] == last.seq
