"""Search: what holds a text, of all that an account sees and nothing else, in each database, however the text is written."""

from collections.abc import Callable, Iterator
from itertools import cycle
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from crawler.videos import Capture, Video
from monitor.roster.enrolled import members_of
from monitor.workspace import Workspace, open_workspace
from registry.aliases import add_alias
from registry.errors import NotFound
from registry.intakes import find_intake
from registry.invitations import find_invitation
from registry.kinds import PartyKind
from registry.legal import find_release
from registry.mandates import Mandate, listed_mandates
from registry.members import Member
from registry.names import name_key
from registry.paging import Listed, Part, holding
from registry.parties import Party, find_party
from registry.references import Reference, listed_references
from registry.refusals import find_refusal
from registry.subjects import Subject
from registry.tenancy import AccountSession
from reports.case_lines import find_case
from reports.cases import Case
from reports.match_lines import chosen_lines, listed_lines
from reports.matches import MatchRow
from reports.notices.notice import find_notice
from reports.searching import search
from reports.selection import SAID, Selection, find_match, videos_called
from tests.support.tenancy.each_database import KINDS, maker
from tests.support.tenancy.two_parties import caller, furnish

TITLES = ("50% off_now \\ here", "Lanterns over the HARBOUR", "Nothing of the kind", "A 50 percent offer now")
TEXTS = (
    "50%",
    "off_now",
    "\\",
    "\\ here",
    "harbour",
    "HARBOUR  over",
    "over the harbour",
    "alpha",
    "Beta",
    "a",
    "%",
    "_",
    "nobody",
    "0042",
    "A - 00",
    "lias of alph",
    "別名",
    "\0",
    "a\0",
    "\0a",
    "%\0",
)


@pytest.fixture(scope="module", params=KINDS)
def workspace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("search") / "work"
    maker(request)(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            for name in ("Alpha", "Beta"):
                furnish(workspace, session, name, PartyKind.UNION)
            for video, title in zip(session.exec(select(Video).order_by(Video.id)), cycle(TITLES), strict=False):
                video.title = title
                session.add(video)
            for member in session.exec(select(Member)):
                member.number = f"{member.id[0]}-0042"
                session.add(member)
            for subject in session.exec(select(Subject)).all():
                add_alias(session, subject, f"Alias of {subject.name}")
                add_alias(session, subject, f"別名 {subject.name}")
            session.commit()
        yield workspace


def expected(session: Session, text: str) -> tuple[set[str], set[str], set[str]]:
    """The ids of subjects, cases and matches, found by reading all there is."""
    key = name_key(text)
    videos = {row.id: row for row in session.exec(select(Video))}
    captures = {row.id: videos[row.video_id] for row in session.exec(select(Capture))}
    subjects = {row.id: row for row in session.exec(select(Subject)) if row.erased_at is None}
    parties = {row.id: row.name_key for row in session.exec(select(Party))}

    def said(video: Video) -> list[str]:
        return [each.lower() for each in (video.title, video.uploader, video.page_url or "")]

    named = {row.id for row in subjects.values() if key in row.name_key}
    aliases = {row.id for row in subjects.values() if any(key in name_key(alias) for alias in row.aliases)}
    numbers = {
        row.subject_id
        for row in session.exec(select(Member))
        if row.subject_id in subjects and "".join(text.split()).lower() in row.number.lower()
    }
    cases = {
        row.id
        for row in session.exec(select(Case))
        if any(key in each for each in (*said(videos[row.video_id]), parties[row.party_id]))
    }
    matches = {
        row.id
        for row in session.exec(select(MatchRow))
        if row.subject_id in named | aliases
        or any(key in each for each in (*said(captures[row.capture_id]), captures[row.capture_id].media_url.lower()))
    }
    return named | aliases | numbers, cases, matches


def found(session: Session, text: str) -> tuple[set[str], set[str], set[str]]:
    kinds = search(session, text, 1000)
    assert (kinds.subjects.more, kinds.cases.more, kinds.matches.more) == (0, 0, 0)
    subjects, cases, matches = ({line.id for line, _ in kind.rows} for kind in (kinds.subjects, kinds.cases, kinds.matches))
    return subjects, cases, matches


def test_each_text_finds_what_holds_it(workspace: Workspace) -> None:
    hits = 0
    for who in ("Alpha", "Beta", None):
        with AccountSession(workspace.engine, caller(workspace, name=who)) if who else workspace.session() as session:
            for text in TEXTS:
                assert found(session, text) == expected(session, text), (who, text)
                hits += sum(map(len, expected(session, text)))
    assert hits > 20


def test_whatever_is_listed_of_a_subject_is_found_by_what_else_it_is_called(workspace: Workspace) -> None:
    for who in ("Alpha", None):
        with AccountSession(workspace.engine, caller(workspace, name=who)) if who else workspace.session() as session:
            called = {row.id for row in session.exec(select(Subject)) if "alpha" in row.alias_keys and row.erased_at is None}
            kinds: dict[str, tuple[set[str], Callable[[Part], Listed[Any]], Callable[[Any], str]]] = {
                "matches": (
                    {row.id for row in session.exec(select(MatchRow)) if row.subject_id in called},
                    lambda part: listed_lines(session, Selection(), part),
                    attrgetter("id"),
                ),
                "members": (
                    {row.subject_id for row in session.exec(select(Member)) if row.subject_id in called},
                    lambda part: members_of(session, find_party(session, "Alpha union"), part),
                    attrgetter("subject_id"),
                ),
                "references": (
                    {row.id for row in session.exec(select(Reference)) if row.subject_id in called},
                    lambda part: listed_references(session, part),
                    attrgetter("id"),
                ),
                "mandates": (
                    {row.id for row in session.exec(select(Mandate)) if row.subject_id in called},
                    lambda part: listed_mandates(session, part),
                    attrgetter("mandate.id"),
                ),
            }
            for kind, (wanted, listing, key_of) in kinds.items():
                assert wanted, kind
                for text in ("lias of ALPH", "別名 alpha", "別名  alp"):
                    found = {key_of(row) for row, _ in listing(Part(text)).rows}
                    assert found == wanted, (who, kind, text)
                for text in ("alpha subject 別名", "別名%", "別名_alpha"):
                    assert not list(listing(Part(text)).rows), (who, kind, text)


@pytest.mark.parametrize("typed", ["%", "_" * 8, "%%%%%%%%", "\0", "0\0", "\0" * 8, ""])
def test_no_sign_in_what_an_id_begins_with_or_a_column_is_asked_for_has_a_meaning_of_its_own(
    workspace: Workspace, typed: str
) -> None:
    with workspace.session() as session:
        party = find_party(session, "Alpha union").id
    finds: list[Callable[[Session], object]] = [
        lambda session: find_match(session, typed),
        lambda session: find_case(session, typed),
        lambda session: find_notice(session, typed),
        lambda session: find_release(session, party, typed),
        lambda session: find_intake(session, party, typed),
        lambda session: find_refusal(session, party, typed),
        lambda session: find_invitation(session, typed),
        lambda session: videos_called(session, typed),
    ]
    for who in ("Alpha", None):
        with AccountSession(workspace.engine, caller(workspace, name=who)) if who else workspace.session() as session:
            for find in finds:
                with pytest.raises(NotFound):
                    find(session)
            for wanted in (Selection(uploader=typed or "%"), Selection(host=typed or "%")):
                assert not chosen_lines(session, wanted)


WRITTEN = st.text("aAbB%_\\é\u0301Ésßſ魔法İi 1./\n", max_size=8)


@settings(max_examples=25, deadline=None)
@given(
    videos=st.lists(st.tuples(WRITTEN, WRITTEN, st.none() | WRITTEN, WRITTEN), min_size=1, max_size=8),
    texts=st.lists(WRITTEN.filter(str.strip), min_size=1, max_size=8),
)
def test_one_look_at_what_is_said_of_a_video_finds_what_a_look_at_each_of_it_does(
    workspace: Workspace, videos: list[tuple[str, str, str | None, str]], texts: list[str]
) -> None:
    each_of_it = (Video.title, Video.uploader, Video.page_url, Video.media_url)
    with workspace.session() as session:
        for number, (title, uploader, page, media) in enumerate(videos):
            about = {"page_url": page, "title": title, "uploader": uploader}
            session.add(Video(id=f"drawn {number}", media_url=f"{number} {media}", **about))
        session.flush()
        for text in texts + [title[:3] for title, *_ in videos if title[:3].strip()]:
            one = set(session.exec(select(Video.id).where(holding(text, SAID))))
            assert one == set(session.exec(select(Video.id).where(holding(text, each_of_it)))), text
        changed = session.get_one(Video, "drawn 0")
        changed.title = "changed since"
        session.flush()
        assert "drawn 0" in session.exec(select(Video.id).where(holding("changed since", SAID))).all()
        session.rollback()


def test_of_very_many_it_is_said_that_there_are_more(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.searching.MOST_COUNTED", 0)
    with workspace.session() as session:
        kinds = search(session, "a", 1)
        assert len(list(kinds.matches.rows)) == 1
        assert kinds.matches.more == 1
        assert len(list(kinds.cases.rows)) == 1


def test_a_text_longer_than_any_pattern_finds_nothing(workspace: Workspace) -> None:
    with AccountSession(workspace.engine, caller(workspace)) as session:
        assert found(session, "x%" * 40_000) == (set(), set(), set())
