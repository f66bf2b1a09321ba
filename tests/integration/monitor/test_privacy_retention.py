"""Retention by dates, and the privacy report."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import Session, col, select

from crawler.custody import verify_chain
from crawler.videos import Capture, Video
from monitor.disposing import apply_policy
from monitor.privacy import holdings
from monitor.privacy_records import processing
from monitor.retention import schedule
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.account_news import AccountNews, News, note_told, tell, untold
from registry.accounts import add_account
from registry.db import now
from registry.kinds import Role
from registry.legal import note_minor
from registry.mandates import add_mandate, revoke_mandate
from registry.parties import add_party, edit_party
from registry.references import add_reference
from registry.subjects import Subject, add_subject, list_subjects
from registry.templates import store_template
from registry.types import PartyKind, SubjectKind, Template
from reports.looked_for import owed

DAY = timedelta(days=1)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        yield workspace


def person(session: Session, workspace: Workspace, name: str) -> Subject:
    party = session.info.setdefault("party", None) or add_party(session, "Union", PartyKind.UNION)
    session.info["party"] = party
    subject = add_subject(session, party, name, SubjectKind.PERSON)
    reference = add_reference(session, workspace.vault, subject, name.encode() * 100, file_name="photo.jpg")
    store_template(session, Template(subject.id, reference.id, "face-a", {"vector": np.ones(8, np.float32)}))
    return subject


def test_people_go_when_their_mandates_have_long_ended(workspace: Workspace) -> None:
    at, policy = now(), workspace.settings.retention
    with workspace.session() as session:
        ended, revoked, valid, none = (person(session, workspace, name) for name in ("Ended", "Revoked", "Valid", "None"))
        start = at - 1000 * DAY
        for subject, end in ((ended, at - 200 * DAY), (revoked, None), (valid, None)):
            made = add_mandate(session, workspace.vault, subject, b"signed", verified_by="R", starts_at=start, ends_at=end)
            if subject is revoked:
                revoke_mandate(session, made.id, at - 10 * DAY)
        session.commit()
        dates = {due.id: due.due_at for due in schedule(session, policy, at)}
        assert dates[ended.id] == at - 200 * DAY + policy.after_mandate_days * DAY
        assert dates[revoked.id] == at - 10 * DAY + policy.after_mandate_days * DAY
        assert dates[none.id] == none.created_at + policy.without_mandate_days * DAY
        assert valid.id not in dates

        gone = apply_policy(workspace, session, at)
        assert [due.id for due in gone] == [ended.id]
        assert {subject.name for subject in list_subjects(session)} == {"Revoked", "Valid", "None"}
        assert apply_policy(workspace, session, at) == []
        assert len(apply_policy(workspace, session, at + 365 * DAY)) == 2


def test_a_person_whose_consent_never_came_goes_on_a_day_that_does_not_move(workspace: Workspace) -> None:
    policy = workspace.settings.retention
    with workspace.session() as session:
        subject = person(session, workspace, "Ada")
        add_mandate(session, workspace.vault, subject, b"signed", verified_by="R", starts_at=now() - 900 * DAY)
        edit_party(session, session.info["party"], consent_needed=True)
        session.commit()
        asked = session.info["party"].consent_needed_at
        assert asked is not None
        for days in (0, 1, 100):
            (due,) = schedule(session, policy, now() + days * DAY)
            assert (due.id, due.due_at) == (subject.id, asked + policy.without_mandate_days * DAY)
        assert "a mandate or consent that is needed never came" in due.why

        came = due.due_at - DAY
        note_minor(session, subject, (asked - 17 * 366 * DAY).date())
        (due,) = schedule(session, policy, came)
        assert due.due_at == subject.minor_noted_at + policy.without_mandate_days * DAY > came
        assert apply_policy(workspace, session, came) == []
        assert [gone.id for gone in apply_policy(workspace, session, due.due_at)] == [subject.id]


def test_whom_an_agency_asks_for_consents_today_has_time_to_give_it(workspace: Workspace) -> None:
    with workspace.session() as session:
        subject = person(session, workspace, "Ada")
        subject.created_at = now() - 2000 * DAY
        add_mandate(session, workspace.vault, subject, b"signed", verified_by="R", starts_at=now() - 900 * DAY)
        session.commit()
        assert schedule(session, workspace.settings.retention, now()) == []
        edit_party(session, session.info["party"], consent_needed=True)
        session.commit()
        assert apply_policy(workspace, session, now()) == []


def test_videos_in_which_nothing_was_matched_go_and_the_chain_says_so(workspace: Workspace) -> None:
    at = now()
    with workspace.session() as session:
        for number, age in ((1, 100), (2, 1)):
            media = workspace.vault.put([b"video %d" % number]).sha256
            manifest = workspace.vault.put([b"manifest %d" % number]).sha256
            url = f"https://example.org/{number}.mp4"
            session.add(Video(id=f"v{number}", media_url=url, first_seen_at=at - age * DAY))
            session.flush()
            session.add(
                Capture(
                    id=f"c{number}",
                    video_id=f"v{number}",
                    captured_at=at - age * DAY,
                    media_sha256=media,
                    media_size=7,
                    media_type="video/mp4",
                    final_url=url,
                    manifest_sha256=manifest,
                )
            )
        session.commit()
        old, young = session.get_one(Capture, "c1"), session.get_one(Capture, "c2")
        assert len(owed(session, 1, at)) == 2
        assert [due.id for due in apply_policy(workspace, session, at)] == ["c1"]
        assert old.media_sha256 not in workspace.vault
        assert old.manifest_sha256 in workspace.vault
        assert young.media_sha256 in workspace.vault
        assert [capture.id for capture in owed(session, 1, at)] == ["c2"]
        verify_chain(session)
        assert apply_policy(workspace, session, at) == []


def test_the_record_of_processing_names_voices(workspace: Workspace) -> None:
    with workspace.session() as session:
        person(session, workspace, "Ada")
        (row,) = processing(session, workspace.settings.retention, now())
        assert "recordings, templates of faces and voices" in str(row["categories_of_data"])
        bases = [held.basis for held in holdings(session, workspace.settings.retention, now())]
    assert any("no face or voice in them is kept as a vector" in basis for basis in bases)


def test_the_report_says_what_is_held_and_why(workspace: Workspace) -> None:
    with workspace.session() as session:
        subject = person(session, workspace, "Ada")
        add_mandate(session, workspace.vault, subject, b"signed", verified_by="R", starts_at=now() - DAY)
        person(session, workspace, "Bo")
        session.commit()
        rows = {row.what: row for row in holdings(session, workspace.settings.retention, now())}
    assert rows["people under the party's mandate"].count == 1
    assert rows["people without a mandate or consent that is needed"].count == 1
    assert "the first is due on" in rows["people without a mandate or consent that is needed"].kept
    assert rows["references (photos, artwork, clips, recordings)"].count == rows["templates (vectors)"].count == 2
    assert rows["templates (vectors)"].lies == "sealed (AES-256-GCM)"
    assert all(row.basis and row.kept and row.lies for row in rows.values())


def test_what_was_done_to_an_account_goes_once_it_was_read_and_is_old(workspace: Workspace) -> None:
    with workspace.session() as session:
        account = add_account(
            session, "Rae", Role.REGISTRAR, "Quartz-lantern-41-otter", add_party(session, "Union", PartyKind.UNION)
        )
        for days, news in ((100, News.RESET), (99, News.PASSKEY), (5, News.REMOVED)):
            tell(session, account, news, "an admin", now() - days * DAY)
        session.commit()
        read = [line.id for line in untold(session, account.id) if line.what != News.PASSKEY.value]
        note_told(session, account.id, read, now())
        apply_policy(workspace, session, now())
        assert [row.news for row in session.exec(select(AccountNews).order_by(col(AccountNews.at)))] == [
            News.PASSKEY,
            News.REMOVED,
        ]
