"""What every kind of notice keeps to: nothing invented, every gap marked and listed, every stranger's text left as text."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.videos import Label, LabelOutcome
from registry.mandates import Basis, Mandate
from registry.types import Life, Modality, SubjectKind, Use
from reports.errors import NoticeRefused
from reports.notices.base import Authority, Letter, LetterTerms, LicencesConsidered, NoticeTemplate, Sight
from reports.notices.blanks import blank, runs
from reports.notices.publicity import CeaseAndDesist
from tests.support.briefs import AT, CONSIDERED, a_brief, a_page, a_place, fact, full_party, text_of


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
        for stated in ("https://clips.example/v", "https://cdn.example/v.mp4", "0:02.9 – 1:06.9", "ab" * 32, "R. Iyer"):
            assert stated in text

    def test_it_states_nothing_about_how_an_unlabelled_video_was_made(self) -> None:
        assert "which says nothing about how the video was made" in text_of(self.letter())

    def test_suggested_statutes_are_for_counsel_to_confirm_until_somebody_did(self) -> None:
        terms = LetterTerms("California", fair_use=CONSIDERED, use=Use.COMMERCIAL)
        letter = self.letter(terms=terms, life=Life.LIVING)
        for line in text_of(letter).splitlines():
            if "U.S.C." in line or "Cal. Civ. Code" in line:
                assert "counsel to confirm" in line or "was considered by" in line
        assert text_of(letter).count("(counsel to confirm)") == len(letter.to_confirm) > 0
        confirmed = self.letter(terms=replace(terms, law_confirmed_by="C. Ounsel"), life=Life.LIVING)
        assert "counsel to confirm" not in text_of(confirmed)
        assert confirmed.to_confirm == ()

    def test_nothing_is_said_to_be_there_that_was_not_seen(self) -> None:
        places = [a_place(pages=(a_page(),)), a_place("c2", Sight.GONE, why="https://cdn.example/c2.mp4 answered 404.")]
        letter = self.template().write(replace(a_brief(*self.kinds), places=places))
        seen = [s for s in letter.sections if s.states_looks]
        assert "https://cdn.example/c2.mp4" not in text_of(replace(letter, sections=tuple(seen)))
        assert any("it was gone: https://cdn.example/c2.mp4 answered 404" in said for said in fact(letter, "What was seen"))

    def test_what_it_says_was_there_was_seen_there_and_nothing_is_left_out(self) -> None:
        given(st.lists(st.sampled_from(Sight), max_size=5))(self.check_places)()

    def check_places(self, sights: list[Sight]) -> None:
        """Every address stands in the letter, and only those that were seen where it says what was."""
        places = [a_place("c1"), *(a_place(f"d{number}", sight, why="why") for number, sight in enumerate(sights))]
        letter = self.template().write(replace(a_brief(*self.kinds), places=places))
        there = text_of(replace(letter, sections=tuple(section for section in letter.sections if section.states_looks)))
        for place in places[1:]:
            assert (place.video.media_url in there) == place.sight.is_there
            assert (place.video.media_url in text_of(letter)) == (place.sight is not Sight.NO_ADDRESS)

    @pytest.mark.parametrize(
        "title", ["", "#eval(1) *b* $x$ {{ 7 }}", "\u202egpj.exe", "[to be completed: nothing]", "שלום 中文", "a" * 5000]
    )
    def test_any_title_stands_in_a_fact_alone(self, title: str) -> None:
        letter = self.letter(title=title)
        assert fact(letter, "Title") == [title or "not stated"]
        assert not title or [line for line in text_of(letter).splitlines() if title in line] == [title]


class TestCeaseAndDesistForAPerson(NoticeContract):
    kinds = (SubjectKind.PERSON,)

    def template(self) -> NoticeTemplate:
        return CeaseAndDesist()

    def test_no_fair_use_is_asked_for_a_likeness(self) -> None:
        assert not self.template().needs_fair_use(a_brief(*self.kinds))

    @pytest.mark.parametrize(
        ("where", "life", "use", "cited"),
        [
            ("California", Life.LIVING, Use.COMMERCIAL, "Cal. Civ. Code § 3344 (counsel"),
            ("State of California", Life.DECEASED, Use.EXPRESSIVE, "Cal. Civ. Code § 3344.1 (counsel"),
            ("new york", Life.DECEASED, Use.UNKNOWN, "N.Y. Civil Rights Law § 50-f (counsel"),
            ("Tennessee", Life.UNKNOWN, Use.UNKNOWN, "ELVIS"),
        ],
    )
    def test_the_statute_is_the_one_of_the_place_that_fits_the_person(self, where: str, life: Life, use: Use, cited: str) -> None:
        letter = self.letter(terms=LetterTerms(jurisdiction=where, use=use), life=life, domicile="US-NY")
        assert cited in text_of(letter)
        assert sum("right of publicity under" in line for line in text_of(letter).splitlines()) == 1

    def test_no_letter_cites_what_protects_the_living_beside_what_protects_the_dead(self) -> None:
        for life in Life:
            for use in Use:
                text = text_of(self.letter(terms=LetterTerms(jurisdiction="California", use=use), life=life))
                assert not ("§ 3344 " in text and "3344.1" in text)
                assert "§§ 3344" not in text

    def test_where_it_is_not_known_whether_the_person_lives_the_letter_asks_for_it(self) -> None:
        letter = self.letter(terms=LetterTerms(jurisdiction="California", use=Use.COMMERCIAL))
        assert "whether the person is living or deceased: Name 0" in letter.missing
        assert "3344" not in text_of(letter)
        assert letter.grounds == ("lanham_43a",)

    def test_a_law_from_memory_is_not_cited_and_the_draft_says_why(self) -> None:
        letter = self.letter(terms=LetterTerms(jurisdiction="New York", use=Use.COMMERCIAL), life=Life.LIVING)
        assert "Civil Rights Law" not in text_of(letter)
        assert "statute on the right of publicity or on digital replicas" in letter.missing
        assert any("§§ 50 and 51 is not cited (unconfirmed): it is written from memory" in why for why in letter.left)

    @pytest.mark.parametrize(
        ("life", "given", "why"),
        [
            (Life.DECEASED, "Cal. Civ. Code § 3344", "protects the living"),
            (Life.LIVING, "Cal. Civ. Code §§ 3344 and 3344.1", "protects the deceased"),
            (Life.LIVING, "the NO FAKES Act", "a bill"),
        ],
    )
    def test_a_given_statute_that_fits_nobody_in_the_letter_is_refused(self, life: Life, given: str, why: str) -> None:
        with pytest.raises(NoticeRefused, match=why):
            self.letter(terms=LetterTerms("California", statute=given, use=Use.COMMERCIAL), life=life)

    def test_an_unknown_jurisdiction_invents_no_statute(self) -> None:
        missing = self.letter(terms=LetterTerms(jurisdiction="Ruritania")).missing
        assert "statute on the right of publicity or on digital replicas" in missing

    @pytest.mark.parametrize(
        ("basis", "starts", "said"),
        [
            (Basis.AUTHORITY, AT, "a written authorisation, verified by A. Clerk on 20 November 2026"),
            (
                Basis.AUTHORITY,
                AT - timedelta(days=31),
                "a written authorisation that runs from 20 October 2026 by its terms, verified by A. Clerk on 20 November 2026",
            ),
            (Basis.OWN, AT, "the party's own, declared on 20 November 2026; declaration taken by A. Clerk"),
        ],
    )
    def test_the_mandate_is_the_authority_and_its_record_is_not_its_start(
        self, basis: Basis, starts: datetime, said: str
    ) -> None:
        told = {"id": "m", "party_id": "p1", "subject_id": "s0", "document_sha256": "0" * 64, "verified_by": "A. Clerk"}
        mandate = Mandate(**told, basis=basis, starts_at=starts, created_at=AT)
        letter = self.template().write(replace(a_brief(*self.kinds), mandates={"s0": [Authority(mandate, (Modality.FACE,))]}))
        assert fact(letter, "Name 0")[0] == f"mandate for the face: {said}"
        assert "in force since" not in text_of(letter)

    def test_a_given_statute_stands_as_it_was_given(self) -> None:
        letter = self.letter(terms=LetterTerms("Nevada", statute="NRS 597.790", use=Use.COMMERCIAL))
        assert "under NRS 597.790 in the jurisdiction of Nevada" in text_of(letter)
        assert letter.to_confirm == ("15 U.S.C. § 1125(a)(1)(A)",)

    def test_each_finding_of_labels_is_one_sentence_and_stands_once(self) -> None:
        labels = [
            Label(capture_id="c1", kind="aigc", outcome=LabelOutcome.PRESENT, detail="Label=1"),
            Label(capture_id="c2", kind="aigc", outcome=LabelOutcome.PRESENT, detail="Label=1"),
            Label(capture_id="c1", kind="c2pa", outcome=LabelOutcome.INVALID, detail="Verification failed (x)."),
            Label(capture_id="c1", kind="iptc", outcome=LabelOutcome.ABSENT, detail="None."),
            Label(capture_id="c1", kind="platform", outcome=LabelOutcome.UNKNOWN, detail="The page makes no statement."),
        ]
        letter = self.template().write(replace(a_brief(*self.kinds), labels={"ab" * 32: labels}))
        assert fact(letter, "Found") == [
            "The file carries an AI label (GB 45438): Label=1.",
            "The file carries Content Credentials (C2PA) that do not verify: Verification failed (x).",
        ]
        assert fact(letter, "Not found") == [
            "No label was found (which says nothing about how the video was made): no IPTC digital source type in the file."
        ]
        assert fact(letter, "Not known") == [
            "Whether there is an AI label on the page: the page makes no statement.",
            "Whether there is an AI generator named in title or caption: it was not looked for.",
            "Whether there is an AI mark or label on screen: it was not looked for.",
        ]

    @pytest.mark.parametrize(
        ("at", "stated", "said"),
        [
            (None, True, "not stated"),
            (AT - timedelta(days=17), True, "3 November 2026, as the page states"),
            (AT - timedelta(days=17), False, "3 November 2026, as a feed or a list that leads to the page states"),
            (AT + timedelta(days=40), True, "dated in the future by the page: 30 December 2026"),
            (AT - timedelta(days=2), True, "18 November 2026, as the page states; it was seen before, on 15 November 2026"),
            (datetime(2026, 11, 4, 1, tzinfo=timezone(timedelta(hours=9))), True, "3 November 2026, as the page states"),
        ],
    )
    def test_a_day_of_publication_has_its_source(self, at: datetime | None, stated: bool, said: str) -> None:
        page = a_page(published_at=at)
        page = page if stated else replace(page, stated=frozenset())
        letter = self.template().write(replace(a_brief(*self.kinds), places=[a_place(pages=(page,))]))
        assert fact(letter, "Published") == [said]

    def test_a_date_that_cannot_be_used_is_said_as_what_it_is(self) -> None:
        future, changed = "The date that is stated lies in the future.", "It is the date of the last change."
        pages = (a_page(date_note=future), a_page("https://a.example/2", published_at=AT - timedelta(days=9), date_note=changed))
        letter = self.template().write(replace(a_brief(*self.kinds), places=[a_place(pages=pages)]))
        assert fact(letter, "Published") == [future, "11 November 2026, as the page states"]
        assert fact(letter, "About that date") == [changed]

    def test_an_address_is_printed_exactly_and_readably_beside_it(self) -> None:
        url = "https://clips.example/%E9%AD%94%E6%B3%95?v=1"
        letter = self.template().write(replace(a_brief(*self.kinds), places=[a_place(pages=(a_page(url),))]))
        assert fact(letter, "Page") == [url]
        assert fact(letter, "In readable form") == ["https://clips.example/魔法?v=1"]

    def test_considered_licences_change_what_is_said_of_consent(self) -> None:
        terms = LetterTerms(licences=LicencesConsidered("C. Ounsel", "It ended."))
        letter = self.template().write(replace(a_brief(*self.kinds, terms=terms), licences_to_consider=True))
        assert "has not consented" not in text_of(letter)
        assert "were considered by C. Ounsel on 20 November 2026" in text_of(letter)
        assert "has not consented to this use" in text_of(self.letter(terms=terms))

    def test_who_published_it_is_the_recipient_only_where_all_pages_agree(self) -> None:
        one, two = (a_page(f"https://a.example/{name}", uploader=name) for name in ("Ann", "Bob"))
        alone = self.template().write(replace(a_brief(*self.kinds), places=[a_place(pages=(one,))]))
        assert alone.recipient[0] == "Ann"
        both = self.template().write(replace(a_brief(*self.kinds), places=[a_place(pages=(one, two))]))
        assert both.recipient[0] == blank("name of the recipient")

    def test_the_deadline_is_a_week_unless_it_is_given(self) -> None:
        assert "by 27 November 2026:" in text_of(self.letter())
        assert "by 1 December 2026:" in text_of(self.letter(terms=LetterTerms(deadline=date(2026, 12, 1))))


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
        assert "No. 1, class 9" in text_of(self.letter(terms=LetterTerms(registration="No. 1, class 9")))
        assert not self.template().needs_fair_use(a_brief(*self.kinds))


class TestCeaseAndDesistForSeveral(NoticeContract):
    kinds = (SubjectKind.PERSON, SubjectKind.CHARACTER, SubjectKind.MARK)

    def template(self) -> NoticeTemplate:
        return CeaseAndDesist()

    def test_each_is_named_and_each_has_its_law(self) -> None:
        letter = self.letter(terms=LetterTerms("California", fair_use=CONSIDERED, use=Use.COMMERCIAL), life=Life.LIVING)
        assert "Name 0, Name 1 and Name 2" in letter.concerning
        for law in ("3344", "17 U.S.C. §§ 106", "15 U.S.C. §§ 1114"):
            assert law in text_of(letter)
