"""After a restore: what was withdrawn after the backup holds no more, and who came after it and was erased stays away."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from monitor.backup.doors import Closed
from monitor.backup.erasures import write_erasures
from monitor.backup.layout import find_backup
from monitor.backup.making import make_backup
from monitor.backup.restoring import restore
from monitor.roster.outcomes import Result
from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from monitor.workspace import Workspace, open_workspace
from registry.accounts import (
    AccessRefused,
    Account,
    ApiToken,
    Caller,
    Role,
    add_account,
    disable_account,
    issue_token,
    revoke_token,
    token_hash,
)
from registry.audit import verify_audit
from registry.db import now
from registry.erase import erase_subject
from registry.half_done import Kind, begin_half, look_at_half
from registry.invitations import InvitationRefused, invite, open_invitation
from registry.kinds import Modality
from registry.licences import Licence, add_licence, revoke_licence
from registry.mandates import Mandate, revoke_mandate
from registry.members import Member
from registry.parties import Party
from registry.signed_in import begin, browser_of
from registry.standing import standing_of
from registry.subjects import Subject
from tests.support.backup_desk import NAMES, furnish, type_in
from tests.support.erasure_search import forms_of, pieces_in
from tests.support.mandated import a_mandate
from tests.support.rosters import people, take_in, write_csv

LATER = "Katherine Johnson"
SOURCES = ("workspace", "list", "backup")


def subject_of(session: Session, name: str) -> Subject:
    return session.exec(select(Subject).where(Subject.name == name)).one()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with a mandate, a licence, a token and an account, and a backup of it."""
    with open_workspace(furnish(tmp_path)) as workspace:
        with workspace.session() as session:
            subject = subject_of(session, NAMES[0])
            begun = now() - timedelta(days=30)
            session.add(a_mandate(subject.id, subject.party_id))
            add_licence(session, subject, "Studio", begun)
            account = add_account(session, "Clerk", Role.ADMIN, "a long enough password 1", session.exec(select(Party)).one())
            issue_token(session, account, "cli")
            session.commit()
        make_backup(workspace, tmp_path / "backups", with_keys=True)
    return tmp_path


def withdraw_all(workspace: Workspace) -> None:
    with workspace.session() as session:
        revoke_mandate(session, session.exec(select(Mandate)).one().id, now())
        revoke_licence(session, session.exec(select(Licence)).one().id, now())
        revoke_token(session, session.exec(select(ApiToken)).one().id, now())
        disable_account(session, session.exec(select(Account)).one(), now())
        session.commit()


def told_by(folder: Path, workspace: Workspace, source: str) -> Path:
    write_erasures(workspace, folder / "list.json")
    made = make_backup(workspace, folder / "later", with_keys=True).backup.place
    return {"workspace": folder / "work", "list": folder / "list.json", "backup": made}[source]


@pytest.mark.parametrize("source", SOURCES)
def test_a_consent_a_licence_and_a_door_that_were_withdrawn_stay_so(folder: Path, source: str) -> None:
    first = find_backup(folder / "backups").place
    with open_workspace(folder / "work") as workspace:
        withdraw_all(workspace)
        told = told_by(folder, workspace, source)
        with workspace.session() as session:
            since = [session.exec(select(table)).one().revoked_at for table in (Mandate, Licence, ApiToken)]
    done = restore(first, folder / "again", erasures=[told])
    assert done.replayed is not None
    assert done.replayed.withdrawn.ended == 4
    with open_workspace(folder / "again") as workspace, workspace.session() as session:
        assert [session.exec(select(table)).one().revoked_at for table in (Mandate, Licence, ApiToken)] == since
        assert session.exec(select(Account)).one().disabled_at is not None
        assert not standing_of(session, subject_of(session, NAMES[0]), now(), Modality.FACE).allowed
        assert verify_audit(session).ok


def test_without_a_list_they_are_as_they_were_and_it_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_workspace(folder / "work") as workspace:
        withdraw_all(workspace)
    code, said, _ = type_in(monkeypatch, capsys, "restore", folder / "backups", "--to", folder / "again")
    assert code == 0
    assert "What else was withdrawn since then (mandates, licences, accounts) is as it was: look it over." in said
    assert "1 token" in said, "which of them was ended since is not known, so all are"
    with open_workspace(folder / "again") as workspace, workspace.session() as session:
        assert standing_of(session, subject_of(session, NAMES[0]), now(), Modality.FACE).allowed
        assert session.exec(select(ApiToken)).one().revoked_at is not None


@pytest.mark.parametrize("listed", [True, False])
def test_nobody_comes_in_by_what_was_used_or_ended_after_the_backup(folder: Path, listed: bool) -> None:
    with open_workspace(folder / "work") as workspace:
        with workspace.session() as session:
            account = session.exec(select(Account)).one()
            browser = begin(session, Caller(account.id, account.name, account.role, account.party_id), now())
            half = begin_half(session, Kind.CODE, now(), account_id=account.id)
            token = issue_token(session, account, "a program")[1]
            link = invite(session, session.exec(select(Party)).one(), LATER, now() + timedelta(days=3), account.name)[1]
            session.commit()
        make_backup(workspace, folder / "backups", with_keys=True)
    erasures = [folder / "work"] if listed else []
    done = restore(folder / "backups", folder / "again", erasures=erasures)
    assert done.closed == Closed(browsers=1, links=1, tokens=0 if listed else 2)
    with open_workspace(folder / "again") as workspace, workspace.session() as session:
        with pytest.raises(AccessRefused):
            browser_of(session, browser, now())
        with pytest.raises(AccessRefused):
            look_at_half(session, Kind.CODE, half, now())
        with pytest.raises(InvitationRefused):
            open_invitation(session, link, now())
        stands = session.exec(select(ApiToken).where(ApiToken.secret_hash == token_hash(token))).one().revoked_at is None
        assert stands is listed
        assert verify_audit(session).ok


@pytest.mark.parametrize("source", SOURCES)
def test_promise_8_no_roster_brings_back_who_came_after_the_backup_and_was_erased(folder: Path, source: str) -> None:
    first = find_backup(folder / "backups").place
    photos = people(folder / "photos", 1, first=9)
    roster = write_csv(folder / "new.csv", [["number", "name", "photo"], [9, LATER, "9/0.png"]])
    with open_workspace(folder / "work") as workspace:
        take_in(workspace, roster, photos)
        with workspace.session() as session:
            erase_subject(session, workspace.vault, subject_of(session, LATER), now(), "asked for", ERASERS, KEEPERS, SEEKERS)
        told = told_by(folder, workspace, source)
    assert pieces_in({"list": (folder / "list.json").read_bytes()}, forms_of(LATER)) == set()
    done = restore(first, folder / "again", erasures=[told])
    assert done.replayed is not None
    assert (done.replayed.unknown, done.replayed.withdrawn.barred) == (1, 1)
    with open_workspace(folder / "again") as workspace:
        (outcome,) = take_in(workspace, roster, photos).values()
        assert outcome.result is Result.ERASED
        with workspace.session() as session:
            assert LATER not in session.exec(select(Subject.name)).all()
            assert len(session.exec(select(Member)).all()) == len(NAMES) + 1


def test_what_a_list_does_not_hold_is_to_be_looked_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_workspace(folder / "work") as workspace:
        withdraw_all(workspace)
    again = ("--to", folder / "again", "--erasures", folder / "work")
    code, said, _ = type_in(monkeypatch, capsys, "restore", folder / "backups", *again)
    assert code == 0
    for what in ("out of groups", "portrayals", "passwords", "single sign-on", "passkeys", "recovery codes", "look it over"):
        assert what in " ".join(said.split()), what


def test_a_list_of_an_earlier_version_is_read(folder: Path) -> None:
    (folder / "list.json").write_text('{"kind":"semblance erasures","references":[],"subjects":[]}')
    done = restore(folder / "backups", folder / "again", erasures=[folder / "list.json"])
    assert done.replayed is not None
    assert (done.replayed.withdrawn.ended, done.replayed.withdrawn.barred) == (0, 0)
