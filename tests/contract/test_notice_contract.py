"""What every kind of notice keeps to: nothing invented, every gap marked and listed, every stranger's text left as text."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from crawler.videos import Capture, Label, LabelOutcome, Video
from registry.mandates import Mandate
from registry.parties import Party
from registry.subjects import Subject
from registry.types import Modality, PartyKind, SubjectKind
from reports.cases import ConfirmedMatch
from reports.matches import MatchRow, MatchStatus
from reports.notices.base import Authority, Brief, FairUse, Letter, NoticeTemplate, Terms, blank, runs
from reports.notices.publicity import CeaseAndDesist
from reports.review import Decision, Review

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
CONSIDERED = FairUse("R. Iyer", date(2026, 11, 19), "It is neither parody nor comment.")


def a_confirmed(key: str, subject: str) -> ConfirmedMatch:
    row = MatchRow(
        id=key,
        capture_id="c1",
        subject_id=subject,
        reference_id="r1",
        modality=Modality.FACE,
        t_start=2.9,
        t_end=66.9,
        best_t=4,
        best_x1=0,
        best_y1=0,
        best_x2=9,
        best_y2=9,
        boxes=[[4, 0, 0, 9, 9]],
        score=0.8,
        threshold=0.5,
        margin=0.2,
        expected_false_matches=0.3,
        encoder="enc",
        pack="open",
        status=MatchStatus.CONFIRMED,
        found_at=AT,
    )
    return ConfirmedMatch(row, Review(match_id=key, decision=Decision.CONFIRM, reviewer="R. Iyer", reason="seen", at=AT))


def a_brief(*kinds: SubjectKind, terms: Terms | None = None, party: Party | None = None, title: str = "A clip") -> Brief:
    subjects = {f"s{i}": Subject(id=f"s{i}", party_id="p1", name=f"Name {i}", kind=kind) for i, kind in enumerate(kinds)}
    bare = Party(id="p1", name="Guild of Players", kind=PartyKind.UNION)
    video = Video(id="v1", media_url="https://cdn.example/v.mp4", page_url="https://clips.example/v", title=title)
    capture = Capture(
        id="c1",
        video_id="v1",
        captured_at=AT,
        media_sha256="ab" * 32,
        media_size=1,
        media_type="video/mp4",
        final_url="https://cdn.example/v.mp4",
        manifest_sha256="0" * 64,
    )
    matches = [a_confirmed(f"m{key}", key) for key in subjects]
    label = Label(capture_id="c1", kind="aigc", outcome=LabelOutcome.ABSENT)
    given_terms = terms or Terms(fair_use=CONSIDERED)
    return Brief("c0ffee" * 5, party or bare, video, subjects, matches, [capture], [label], {}, given_terms, AT)


def full_party() -> Party:
    return Party(
        id="p1",
        name="Guild of Players",
        kind=PartyKind.UNION,
        postal_address="1 Stage Road\nLos Angeles, CA 90000",
        email="legal@guild.example",
        phone="+1 555 0100",
        signatory="E. Novak, General Counsel",
    )


def text_of(letter: Letter) -> str:
    parts = [*letter.sender, *letter.recipient, letter.concerning, letter.salutation, *letter.closing, *letter.signature]
    for section in letter.sections:
        parts += [section.heading, *section.paragraphs, *section.bullets, *section.after]
        parts += [word for fact in section.facts for word in fact]
    return "\n".join(parts)


class NoticeContract(ABC):
    kinds: tuple[SubjectKind, ...]

    @abstractmethod
    def template(self) -> NoticeTemplate: ...

    def letter(self, **more: object) -> Letter:
        return self.template().write(a_brief(*self.kinds, **more))  # type: ignore[arg-type]

    def test_it_names_its_law(self) -> None:
        assert self.template().law.isidentifier()

    def test_every_blank_is_listed_and_everything_listed_is_a_blank(self) -> None:
        letter = self.letter()
        assert letter.missing
        asked = [piece for piece, is_blank in runs(text_of(letter)) if is_blank]
        assert set(asked) == {blank(what) for what in letter.missing}
        assert len(set(letter.missing)) == len(letter.missing)

    def test_what_is_known_is_no_blank(self) -> None:
        fewer = self.letter(party=full_party())
        assert set(fewer.missing) < set(self.letter().missing)
        assert "legal@guild.example" in fewer.sender
        assert "E. Novak, General Counsel" in fewer.signature

    def test_nobody_has_signed_a_draft(self) -> None:
        assert blank("signature") in self.letter(party=full_party()).signature

    def test_it_states_the_exact_address_the_times_the_digest_and_the_reviewer(self) -> None:
        text = text_of(self.letter())
        for fact in ("https://clips.example/v", "https://cdn.example/v.mp4", "0:02.9 – 1:06.9", "ab" * 32, "R. Iyer"):
            assert fact in text

    def test_it_states_nothing_about_how_an_unlabelled_video_was_made(self) -> None:
        assert "states nothing about how the video was made" in text_of(self.letter())

    def test_statutes_are_for_counsel_to_confirm(self) -> None:
        for line in text_of(self.letter(terms=Terms("California", fair_use=CONSIDERED))).splitlines():
            if "U.S.C." in line or "Cal. Civ. Code" in line:
                assert "counsel to confirm" in line or "was considered by" in line

    @pytest.mark.parametrize(
        "title", ["", "#eval(1) *b* $x$ {{ 7 }}", "\u202egpj.exe", "[to be completed: nothing]", "שלום 中文", "a" * 5000]
    )
    def test_any_title_stands_in_a_fact_alone(self, title: str) -> None:
        letter = self.letter(title=title)
        facts = [value for section in letter.sections for name, value in section.facts if name == "Title as published"]
        assert facts == [title or "none"]


class TestCeaseAndDesistForAPerson(NoticeContract):
    kinds = (SubjectKind.PERSON,)

    def template(self) -> NoticeTemplate:
        return CeaseAndDesist()

    def test_no_fair_use_is_asked_for_a_likeness(self) -> None:
        assert not self.template().needs_fair_use(a_brief(*self.kinds))

    @pytest.mark.parametrize(("where", "statute"), [("California", "3344"), ("new york", "50-f"), ("Tennessee", "ELVIS")])
    def test_the_jurisdiction_names_its_statute(self, where: str, statute: str) -> None:
        assert statute in text_of(self.letter(terms=Terms(jurisdiction=where)))

    def test_an_unknown_jurisdiction_invents_no_statute(self) -> None:
        missing = self.letter(terms=Terms(jurisdiction="Ruritania")).missing
        assert "statute on the right of publicity or on digital replicas" in missing

    def test_the_mandate_is_the_authority(self) -> None:
        mandate = Mandate(id="m", party_id="p1", subject_id="s0", document_sha256="0" * 64, verified_by="A. Clerk", starts_at=AT)
        letter = self.template().write(replace(a_brief(*self.kinds), mandates={"s0": [Authority(mandate, (Modality.FACE,))]}))
        assert "mandate for the face, verified by A. Clerk" in text_of(letter)

    def test_a_label_that_is_present_is_stated(self) -> None:
        label = Label(capture_id="c1", kind="aigc", outcome=LabelOutcome.PRESENT, detail="Label=1")
        assert "AI label in the file (GB 45438): present Label=1" in text_of(
            self.template().write(replace(a_brief(*self.kinds), labels=[label]))
        )

    def test_the_deadline_is_a_week_unless_it_is_given(self) -> None:
        assert "by 27 November 2026:" in text_of(self.letter())
        assert "by 1 December 2026:" in text_of(self.letter(terms=Terms(deadline=date(2026, 12, 1))))


class TestCeaseAndDesistForACharacter(NoticeContract):
    kinds = (SubjectKind.CHARACTER,)

    def template(self) -> NoticeTemplate:
        return CeaseAndDesist()

    def test_fair_use_comes_first_and_is_stated(self) -> None:
        assert self.template().needs_fair_use(a_brief(*self.kinds))
        assert "considered by R. Iyer on 19 November 2026" in text_of(self.letter())

    def test_copyright_is_asserted_and_no_likeness(self) -> None:
        text = text_of(self.letter())
        assert "17 U.S.C. §§ 106" in text
        assert "right of publicity" not in text


class TestCeaseAndDesistForAMark(NoticeContract):
    kinds = (SubjectKind.MARK,)

    def template(self) -> NoticeTemplate:
        return CeaseAndDesist()

    def test_the_registration_is_asked_for(self) -> None:
        assert "registration number and class of the mark" in self.letter().missing
        assert not self.template().needs_fair_use(a_brief(*self.kinds))


class TestCeaseAndDesistForSeveral(NoticeContract):
    kinds = (SubjectKind.PERSON, SubjectKind.CHARACTER, SubjectKind.MARK)

    def template(self) -> NoticeTemplate:
        return CeaseAndDesist()

    def test_each_is_named_and_each_has_its_law(self) -> None:
        letter = self.letter(terms=Terms("California", fair_use=CONSIDERED))
        assert "Name 0, Name 1 and Name 2" in letter.concerning
        for law in ("3344", "17 U.S.C. §§ 106", "15 U.S.C. §§ 1114"):
            assert law in text_of(letter)
