"""Licences that ended, or whose conditions depend on what is not known, are considered by a person before a letter is written."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from monitor.workspace import open_workspace
from registry.db import now
from registry.licences import Licence, add_licence
from registry.mandates import list_mandates, revoke_mandate
from reports.errors import NoticeRefused
from reports.notices.base import LicencesConsidered
from reports.notices.notice import Notice
from reports.notices.stored import letter_of
from tests.support.letters_desk import FULL, Furnish, LettersDesk, part_of, prepare
from tests.support.loopback_site import Site

PUBLISHED = datetime(2026, 11, 3, 10, tzinfo=UTC)
CONSIDERED = replace(FULL, licences=LicencesConsidered("C. Ounsel", "It ended, and the advert runs on."))


def dated(desk: LettersDesk) -> None:
    """One match, in a post that says when it was published, is confirmed."""
    desk.post("/post", published_at=PUBLISHED)
    desk.decide(desk.capture())


@pytest.fixture(scope="module")
def beginning() -> Furnish:
    return dated


def licence(desk: LettersDesk, start: datetime, end: datetime | None, **terms: Any) -> None:
    with desk.workspace.session() as session:
        add_licence(session, desk.subject(session), "Clip House", start, ends_at=end, **terms)
        session.commit()


def test_a_licence_that_covered_the_day_of_publication_is_considered_first_and_kept(desk: LettersDesk) -> None:
    licence(desk, PUBLISHED - timedelta(days=30), PUBLISHED + timedelta(days=2), host="127.0.0.1")
    with pytest.raises(
        NoticeRefused, match=r"Clip House, for Mascot, from 4 October 2026 to 5 November 2026, on 127\.0\.0\.1"
    ) as no:
        desk.draft()
    assert "in force on 3 November 2026, when the video was published" in no.value.what
    assert "who considered the licences" in no.value.remedy
    with pytest.raises(NoticeRefused, match="needs a name and a reason"):
        desk.draft(replace(FULL, licences=LicencesConsidered("C. Ounsel", " ")))
    notice = desk.draft(CONSIDERED).notice
    assert (notice.licences_by, notice.licences_reason) == ("C. Ounsel", "It ended, and the advert runs on.")
    assert [(entry["licensee"], entry["terms"]) for entry in notice.licences] == [
        ("Clip House", "from 4 October 2026 to 5 November 2026, on 127.0.0.1")
    ]
    consent = part_of(letter_of(notice), "No consent")
    assert "has not consented" not in consent
    assert "were considered by C. Ounsel" in consent
    assert "Clip House" not in consent
    assert desk.approve(notice)[0].state == "approved"


@pytest.mark.parametrize(
    ("start", "end", "terms"),
    [
        (-30, -1, {}),  # over before the day of publication
        (2, 5, {}),  # given after it, and over
        (-30, 2, {"host": "tube.example"}),  # for another place
        (-30, 2, {"uploader": "Other Channel"}),  # for another channel than the page names
    ],
)
def test_a_licence_that_has_nothing_to_do_with_the_use_holds_nothing_up(
    desk: LettersDesk, start: int, end: int, terms: dict[str, Any]
) -> None:
    desk.post("/post", uploader="Bargain Bin", published_at=PUBLISHED)
    licence(desk, PUBLISHED + timedelta(days=start), PUBLISHED + timedelta(days=end), **terms)
    assert "has not consented to this use" in part_of(desk.letter(), "No consent")


def test_the_first_sighting_counts_where_no_page_gives_a_date(tmp_path: Path, site: Site) -> None:
    prepare(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        desk = LettersDesk(workspace, site, tmp_path)
        desk.post("/undated")
        desk.decide(desk.capture())
        licence(desk, now() - timedelta(days=30), now() - timedelta(seconds=1))
        with pytest.raises(NoticeRefused, match=r"when the video was first seen, no usable date of publication being given"):
            desk.draft()


def test_a_licence_in_force_for_a_channel_is_shown_where_the_channel_is_unknown(desk: LettersDesk) -> None:
    licence(desk, PUBLISHED - timedelta(days=30), None, uploader="Clip House Official")
    with pytest.raises(NoticeRefused, match=r"in the channel Clip House Official: it is in force, and .* does not rule out"):
        desk.draft()
    assert desk.draft(CONSIDERED).notice.licences_by == "C. Ounsel"


def test_a_revoked_licence_that_covered_the_day_is_shown(desk: LettersDesk) -> None:
    licence(desk, PUBLISHED - timedelta(days=30), None)
    with desk.workspace.session() as session:
        held = session.exec(select(Licence)).one()
        held.revoked_at = PUBLISHED + timedelta(days=1)
        session.add(held)
        session.commit()
    with pytest.raises(NoticeRefused, match="without an end, revoked on 4 November 2026"):
        desk.draft()


def test_promise_3_approval_judges_licences_and_mandates_again(desk: LettersDesk) -> None:
    notice = desk.draft().notice
    licence(desk, now() - timedelta(days=1), now() + timedelta(days=1), host="127.0.0.1")
    with pytest.raises(NoticeRefused, match="is permitted: licensed to Clip House"):
        desk.approve(notice)
    with desk.workspace.session() as session:
        held = session.exec(select(Licence)).one()
        held.starts_at, held.ends_at = PUBLISHED - timedelta(days=9), PUBLISHED + timedelta(days=9)
        session.add(held)
        session.commit()
    with pytest.raises(NoticeRefused, match="that nobody considered when it was drafted: Clip House"):
        desk.approve(notice)
    with desk.workspace.session() as session:
        session.delete(session.exec(select(Licence)).one())
        for mandate in list_mandates(session):
            revoke_mandate(session, mandate.id, now())
        session.commit()
    with pytest.raises(NoticeRefused, match="Nobody may act for Mascot now"):
        desk.approve(notice)


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (replace(FULL, purpose=""), "blanks: medium and commercial purpose"),
        (replace(FULL, law_confirmed_by=""), "Nobody confirmed the statutes"),
    ],
)
def test_what_is_not_finished_is_not_approved(desk: LettersDesk, terms: Any, why: str) -> None:
    notice = desk.draft(terms).notice
    with pytest.raises(NoticeRefused, match=why):
        desk.approve(notice)


def test_a_letter_asks_for_nothing_by_a_day_that_is_past_or_today(desk: LettersDesk) -> None:
    with pytest.raises(NoticeRefused, match="2026-01-01, by which it must be done, is past"):
        desk.draft(replace(FULL, deadline=date(2026, 1, 1)))
    notice = desk.draft(replace(FULL, deadline=now().date())).notice
    with pytest.raises(NoticeRefused, match="is over"):
        desk.approve(notice)


def test_the_database_refuses_a_notice_whose_licences_nobody_considered(desk: LettersDesk) -> None:
    notice = desk.draft().notice
    with desk.workspace.session() as session:
        held = session.get_one(Notice, notice.id)
        held.licences = [{"licensee": "Clip House"}]
        session.add(held)
        with pytest.raises(IntegrityError, match="considering the licences comes first"):
            session.flush()
