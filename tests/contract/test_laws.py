"""Laws as data: each law's required fields are asked for by name, and a ground that does not fit is refused with its reason."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.mandates import Basis, Mandate
from registry.parties import Party
from registry.types import Life, Modality, SubjectKind, Use
from reports.errors import NoticeRefused
from reports.notices.base import Authority, Brief, FairUse, Letter, LetterTerms
from reports.notices.blanks import SIGNATURE
from reports.notices.choosing import fitting
from reports.notices.grounds import check_fair_use
from reports.notices.kinds import LETTERS, law_lines
from reports.notices.language import Language
from reports.notices.laws.base import UNCHECKED_AFTER, Ask, Claim, LawStatus
from reports.notices.laws.known import LAWS
from tests.support.briefs import AT, CONSIDERED, a_brief, a_confirmed, a_place, full_party, text_of

WHOLE = LetterTerms(
    recipient="Tube Hosting",
    recipient_address="abuse@tube.example",
    purpose="advertising",
    exceptions="C. Ounsel considered them; none applies.",
    fair_use=CONSIDERED,
    law_confirmed_by="C. Ounsel",
)
IN_CHINA = {"jurisdiction": "China", "notice_authority": "Power of attorney of 19 November 2026 for this notice"}
FITTING: Mapping[str, tuple[SubjectKind, Life, str, dict[str, Any]]] = {
    "cal_3344": (SubjectKind.PERSON, Life.LIVING, "", {"use": Use.COMMERCIAL, "jurisdiction": "California"}),
    "cal_3344_1": (SubjectKind.PERSON, Life.DECEASED, "", {"use": Use.EXPRESSIVE, "jurisdiction": "California"}),
    "ny_50_f": (SubjectKind.PERSON, Life.DECEASED, "US-NY", {"jurisdiction": "New York"}),
    "tenn_elvis": (SubjectKind.PERSON, Life.UNKNOWN, "", {"jurisdiction": "Tennessee"}),
    "lanham_43a": (SubjectKind.PERSON, Life.UNKNOWN, "", {"use": Use.COMMERCIAL, "jurisdiction": "Nevada"}),
    "dmca": (SubjectKind.CHARACTER, Life.UNKNOWN, "", {}),
    "dsa_16": (SubjectKind.PERSON, Life.UNKNOWN, "", {"statute": "Section 22 of the Art Copyright Act: no consent was given."}),
    "take_it_down": (SubjectKind.PERSON, Life.UNKNOWN, "", {"use": Use.INTIMATE}),
    "prc_14": (SubjectKind.CHARACTER, Life.UNKNOWN, "", IN_CHINA),
    "prc_1019": (SubjectKind.PERSON, Life.LIVING, "", IN_CHINA),
}
"""Of each law under which letters are written, what it fits."""


def whole(law: str) -> Brief:
    """A brief of which a letter under that law lacks nothing but a signature."""
    kind, life, domicile, terms = FITTING[law]
    brief = a_brief(kind, terms=replace(WHOLE, **terms), party=full_party(), life=life, domicile=domicile)
    told = {"id": "m", "party_id": "p1", "subject_id": "s0", "document_sha256": "0" * 64, "verified_by": "A. Clerk"}
    mandate = Mandate(**told, basis=Basis.CONSENT, starts_at=AT, created_at=AT)
    return replace(brief, mandates={"s0": [Authority(mandate, (Modality.FACE,))]})


def without(brief: Brief, **terms: Any) -> Brief:
    return replace(brief, terms=replace(brief.terms, **terms))


def of_party(brief: Brief, **fields: str) -> Brief:
    return replace(brief, party=Party(**{**brief.party.model_dump(), **fields}))


def of_person(brief: Brief, **fields: Any) -> Brief:
    changed = {key: type(subject)(**{**subject.model_dump(), **fields}) for key, subject in brief.subjects.items()}
    return replace(brief, subjects=changed)


REMOVED: Mapping[Ask, Callable[[Brief], Brief]] = {
    Ask.LIFE: lambda brief: of_person(brief, life=Life.UNKNOWN),
    Ask.DOMICILE: lambda brief: of_person(brief, domicile=""),
    Ask.USE: lambda brief: without(brief, use=Use.UNKNOWN),
    Ask.JURISDICTION: lambda brief: without(brief, jurisdiction=""),
    Ask.REASONS: lambda brief: without(brief, statute=""),
    Ask.PURPOSE: lambda brief: without(brief, purpose=""),
    Ask.EXCEPTIONS: lambda brief: without(brief, exceptions=""),
    Ask.FAIR_USE: lambda brief: without(brief, fair_use=None),
    Ask.AUTHORITY: lambda brief: replace(brief, mandates={}),
    Ask.AUTHORITY_PER_NOTICE: lambda brief: without(brief, notice_authority=""),
    Ask.SENDER_ADDRESS: lambda brief: of_party(brief, postal_address=""),
    Ask.SENDER_EMAIL: lambda brief: of_party(brief, email=""),
    Ask.SIGNATORY: lambda brief: of_party(brief, signatory=""),
    Ask.RECIPIENT: lambda brief: without(brief, recipient=""),
    Ask.RECIPIENT_ADDRESS: lambda brief: without(brief, recipient_address=""),
}


def written(law: str, brief: Brief) -> Letter:
    """The letter as it is drafted; fair use comes first, as in draft_notice."""
    template = LETTERS[law]()
    if template.needs_fair_use(brief):
        check_fair_use(brief.terms.fair_use, AT)
    return template.write(brief)


def test_the_table_has_every_law_that_is_a_ground_and_no_other() -> None:
    assert set(FITTING) == {law.id for law in LAWS.values() if law.is_ground}
    assert all(set(law.asks()) <= set(REMOVED) for law in LAWS.values() if law.is_ground)


@pytest.mark.parametrize("law", FITTING)
def test_a_letter_that_lacks_nothing_has_no_blank_but_the_signature(law: str) -> None:
    letter = written(law, whole(law))
    assert letter.asked == (SIGNATURE,)
    assert len(letter.missing) == 1
    assert letter.to_confirm == ()
    assert law in letter.grounds
    assert LAWS[law].citation in text_of(letter.reading or letter)


@pytest.mark.parametrize(("law", "ask"), [(law, ask) for law in FITTING for ask in LAWS[law].asks()])
def test_every_required_field_that_is_removed_is_asked_for_or_refused_by_its_name(law: str, ask: Ask) -> None:
    brief = REMOVED[ask](whole(law))
    if ask is Ask.FAIR_USE:
        with pytest.raises(NoticeRefused, match="nobody has yet considered fair use"):
            written(law, brief)
    elif ask is Ask.DOMICILE:
        with pytest.raises(NoticeRefused, match="domiciled in New York, which is not on record"):
            written(law, brief)
    else:
        letter = written(law, brief)
        asked = set(letter.asked) - {SIGNATURE}
        assert {words.startswith(ask.value) for words in asked} == {True}
        assert len(letter.missing) == len(letter.asked)


@pytest.mark.parametrize(
    ("law", "wrong", "why"),
    [
        ("cal_3344", lambda brief: of_person(brief, life=Life.DECEASED), "protects the living, and not the deceased"),
        ("cal_3344", lambda brief: without(brief, use=Use.EXPRESSIVE), "advertising or selling"),
        ("cal_3344", lambda brief: without(brief, jurisdiction="Tennessee"), "is the law of US-CA"),
        ("cal_3344_1", lambda brief: of_person(brief, life=Life.LIVING), "protects the deceased, and not the living"),
        ("ny_50_f", lambda brief: of_person(brief, domicile=""), "domiciled in New York, which is not on record"),
        ("ny_50_f", lambda brief: of_person(brief, domicile="US-CA"), "domiciled in New York"),
        ("ny_50_f", lambda brief: of_person(brief, life=Life.LIVING), "protects the deceased"),
        ("dmca", lambda brief: of_person(brief, kind=SubjectKind.PERSON), "a bare likeness"),
        ("take_it_down", lambda brief: without(brief, use=Use.COMMERCIAL), "intimate imagery alone"),
        ("take_it_down", lambda brief: of_person(brief, kind=SubjectKind.CHARACTER), "about people"),
        ("lanham_43a", lambda brief: without(brief, use=Use.EXPRESSIVE), "use in commerce"),
        ("tenn_elvis", lambda brief: of_person(brief, kind=SubjectKind.CHARACTER), "protects people"),
        ("prc_14", lambda brief: of_person(brief, kind=SubjectKind.PERSON), "a bare likeness"),
        ("prc_14", lambda brief: without(brief, jurisdiction="California"), "is the law of CN"),
        ("prc_1019", lambda brief: of_person(brief, kind=SubjectKind.CHARACTER), "protects people"),
        ("prc_1019", lambda brief: of_person(brief, life=Life.DECEASED), "protects the living"),
        ("prc_1019", lambda brief: without(brief, jurisdiction="Tennessee"), "is the law of CN"),
        ("dsa_16", lambda brief: without(brief, language=Language.CHINESE), "is written in zh-Hans"),
        ("cal_3344", lambda brief: without(brief, language=Language.CHINESE), "is written in zh-Hans"),
    ],
)
def test_a_wrong_ground_is_refused_with_its_reason(law: str, wrong: Callable[[Brief], Brief], why: str) -> None:
    written(law, whole(law))
    with pytest.raises(NoticeRefused, match=why) as refused:
        written(law, wrong(whole(law)))
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("law", "why"),
    [
        ("no_fakes", "bill.*not law"),
        ("denmark", "unconfirmed.*whether it was passed is not known"),
        ("ny_50_51", "unconfirmed.*from memory"),
    ],
)
def test_a_law_that_is_no_ground_is_refused_and_says_why(law: str, why: str) -> None:
    with pytest.raises(NoticeRefused, match=why):
        LETTERS[law]().write(whole("tenn_elvis"))


def test_what_is_not_in_force_is_no_ground_and_everything_that_is_none_says_why() -> None:
    for law in LAWS.values():
        assert law.is_ground is not bool(law.why_not)
        assert law.status is LawStatus.IN_FORCE or not law.is_ground


def test_a_ground_warns_when_it_was_not_checked_for_90_days_by_the_day_of_drafting() -> None:
    for law in LAWS.values():
        if law.checked_on is not None:
            assert law.unchecked(law.checked_on + UNCHECKED_AFTER) is None
            assert "91 days before" in (law.unchecked(law.checked_on + UNCHECKED_AFTER + timedelta(days=1)) or "")


def test_the_list_says_of_every_law_its_status_the_day_and_what_it_needs() -> None:
    lines = {line.law: line for line in law_lines(date(2027, 3, 1))}
    assert set(lines) == set(LAWS) == set(LETTERS) - {"publicity"}
    assert Ask.DOMICILE in lines["ny_50_f"].asks
    assert "last checked" in lines["cal_3344"].warning
    assert (lines["ny_50_51"].checked_on, lines["ny_50_51"].status) == (None, LawStatus.UNCONFIRMED)


def test_the_dmca_and_dsa_notices_hold_the_elements_of_their_laws() -> None:
    dmca, dsa = (text_of(written(law, whole(law))) for law in ("dmca", "dsa_16"))
    for element in ("good-faith belief", "copyright owner, its agent, or the law", "under penalty of perjury", "is accurate"):
        assert element in dmca
    assert "considered by R. Iyer on 19 November 2026" in dmca
    assert "perjury" not in dsa
    assert "bona fide belief" in dsa
    for text in (dmca, dsa):
        for element in (
            "https://clips.example/v",
            "https://cdn.example/v.mp4",
            "Guild of Players",
            "legal@guild.example",
            "Name 0",
        ):
            assert element in text


@pytest.mark.parametrize("law", ["prc_14", "prc_1019"])
def test_who_acts_for_itself_needs_no_authority_for_each_notice_under_the_prc_laws(law: str) -> None:
    brief = without(whole(law), notice_authority="", language=Language.ENGLISH)
    (held,) = brief.mandates["s0"]
    own = replace(held, mandate=Mandate(**{**held.mandate.model_dump(), "basis": Basis.OWN}))
    assert Ask.AUTHORITY_PER_NOTICE.value in written(law, brief).missing
    letter = written(law, replace(brief, mandates={"s0": [own]}))
    assert letter.missing == (SIGNATURE,)
    assert "the sender acts on rights of its own" in text_of(letter)


def test_the_prc_notices_hold_the_elements_of_their_laws_and_the_labelling_finding() -> None:
    for law in ("prc_14", "prc_1019"):
        text = text_of(written(law, without(whole(law), language=Language.ENGLISH)))
        for element in (
            "1 Stage Road",
            "legal@guild.example",
            "https://clips.example/v",
            "answers for the truth of this notice",
            IN_CHINA["notice_authority"],
            "Measures for Labelling AI-Generated Synthetic Content",
            "not found in the file",
            "does not say how the video was made",
        ):
            assert element in text


CLAIMS = st.builds(
    Claim,
    st.just("Ada Example"),
    st.just(SubjectKind.PERSON),
    st.sampled_from(Life),
    st.sampled_from(["", "US-NY", "US-CA", "FR"]),
    st.sampled_from(Use),
    st.sampled_from([None, "US", "US-CA", "US-NY", "US-TN", "DK", "FR"]),
)


@given(CLAIMS)
def test_what_is_chosen_fits_and_where_nothing_does_the_letter_asks(claim: Claim) -> None:
    chosen = fitting(claim)
    for law in chosen.cited:
        assert law.is_ground
        assert law.fits(claim) is None
        assert law.lacks(claim) == ()
    assert chosen.cited or chosen.asked
    assert not {Life.LIVING, Life.DECEASED} <= {_life_of(law.id) for law in chosen.cited}


def _life_of(law_id: str) -> Life:
    lives = [life for life in (Life.LIVING, Life.DECEASED) if _fits_somewhere(law_id, life)]
    return lives[0] if len(lives) == 1 else Life.UNKNOWN


def _fits_somewhere(law_id: str, life: Life) -> bool:
    law = LAWS[law_id]
    claims = (Claim("A", SubjectKind.PERSON, life, law.place, use, law.place or None) for use in Use)
    return any(law.fits(claim) is None for claim in claims)


def test_fair_use_in_another_name_is_no_consideration() -> None:
    with pytest.raises(NoticeRefused, match="a name and a reason"):
        written("dmca", without(whole("dmca"), fair_use=FairUse(" ", date(2026, 11, 19), "reason")))


@pytest.mark.parametrize("law", ["take_it_down", "prc_1019", "dmca"])
def test_no_letter_about_a_voice_alone_rests_on_a_law_about_what_is_seen_or_on_copyright(law: str) -> None:
    brief = heard(whole("tenn_elvis" if law == "dmca" else law))
    with pytest.raises(NoticeRefused, match=r"a voice|protects the voice"):
        written(law, without(brief, fair_use=FairUse("C. Ounsel", date(2026, 11, 19), "None.")))


@pytest.mark.parametrize("law", ["tenn_elvis", "cal_3344", "cal_3344_1", "ny_50_f", "dsa_16"])
def test_a_letter_about_a_voice_says_that_it_resembles_and_never_who_spoke(law: str) -> None:
    letter = text_of(written(law, heard(whole(law))))
    assert "The voice that is heard resembles that of" in letter
    assert "does not state who, or what, spoke" in letter
    assert "person: the voice" in letter
    assert "likeness (face)" not in letter


@pytest.mark.parametrize("law", ["take_it_down", "prc_1019"])
def test_a_face_in_one_video_carries_no_voice_in_another_into_a_letter_about_what_is_seen(law: str) -> None:
    with pytest.raises(NoticeRefused, match="the voice alone was found") as refused:
        written(law, seen_and_heard(whole(law), other_video=True))
    assert "Rely on a law that protects the voice as well" in refused.value.remedy


@pytest.mark.parametrize("law", ["take_it_down", "prc_1019"])
def test_a_letter_about_what_is_seen_leaves_the_voice_beside_it_out_and_says_so(law: str) -> None:
    letter = written(law, seen_and_heard(whole(law), other_video=False))
    assert any(line.startswith("The voice of Name 0 is not in this letter") for line in letter.left)
    for words in ("The voice that is heard", "and the voice", ", heard", "肖像（面部）与声音"):
        assert words not in text_of(letter)


@pytest.mark.parametrize("other_video", [False, True])
def test_a_letter_about_both_names_both(other_video: bool) -> None:
    letter = written("tenn_elvis", seen_and_heard(whole("tenn_elvis"), other_video=other_video))
    assert "The use of a person's likeness and voice without consent" in text_of(letter)
    assert letter.left == ()


def seen_and_heard(brief: Brief, *, other_video: bool) -> Brief:
    """The same, with whoever is seen heard as well: in the same video, or in another one."""
    voice = a_confirmed("m-voice", "s0", Modality.VOICE)
    place = a_place("c2")
    if other_video:
        voice = a_confirmed("m-voice", "s0", Modality.VOICE, capture="c2")
        place.capture.media_sha256 = "cd" * 32
    return replace(brief, matches=[*brief.matches, voice], places=[*brief.places, place])


def heard(brief: Brief) -> Brief:
    """The same, with all that was seen heard instead."""
    return replace(brief, matches=[a_confirmed(match.id, match.subject_id, Modality.VOICE) for match in brief.matches])
