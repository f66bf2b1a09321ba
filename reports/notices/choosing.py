"""Which laws a letter rests on: those that fit each person and place, and never one that is true of nobody."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from registry.actions import Action
from registry.subjects import Subject
from registry.types import Modality, SubjectKind
from reports.errors import NoticeRefused
from reports.notices.base import Brief, LetterTerms
from reports.notices.grounds import place_of_law
from reports.notices.language import Language
from reports.notices.laws.base import Ask, Claim, Law, LawStatus
from reports.notices.laws.known import FALSE_ENDORSEMENT, LAWS, RIGHTS_OF_PEOPLE

MEND = "Mend what the letter says of the use, or rely on another law."

ANOTHER_FOR_VOICE = "Rely on a law that protects the voice as well."


@dataclass(frozen=True)
class Chosen:
    """cited: the laws that the letter rests on. asked: what is not known and decides about one. left: why others of that
    place are not cited."""

    cited: tuple[Law, ...] = ()
    asked: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def claims_of(brief: Brief, *kinds: SubjectKind) -> list[Claim]:
    """What a law is weighed against, for each subject of these kinds, by name."""
    place = place_of_law(brief.terms)
    found = sorted((each for each in brief.subjects.values() if each.kind in kinds), key=lambda subject: subject.name)
    return [_claim(subject, brief, place) for subject in found]


def _claim(subject: Subject, brief: Brief, place: str | None) -> Claim:
    in_video: dict[str, set[Modality]] = {}
    for match in brief.matches:
        if match.subject_id == subject.id:
            in_video.setdefault(brief.bytes_of(match), set()).add(match.modality)
    found_by = frozenset(modality for found in in_video.values() for modality in found)
    heard_alone = {Modality.VOICE} in in_video.values()
    return Claim(subject.name, subject.kind, subject.life, subject.domicile, brief.terms.use, place, found_by, heard_alone)


def check_is_ground(law: Law) -> None:
    """Raises NoticeRefused for a law that is no ground of a letter, with the reason."""
    if not law.is_ground:
        what = f"No letter rests on {law.citation} ({law.status}): {law.why_not}."
        raise NoticeRefused(what, "Rely on another law.", Action.SEE_LAWS)


def check_fits(law: Law, claims: Iterable[Claim]) -> None:
    """Raises NoticeRefused for a law that does not fit one of them, with the reason."""
    for claim in claims:
        if reason := law.fits(claim):
            heard = claim.heard_alone and law.leaves_voice(claim)
            where = " In one video at least the voice alone was found." if heard else ""
            said = f"This letter about {claim.name} cannot rest on it: {reason}.{where}"
            if heard:
                raise NoticeRefused(said, ANOTHER_FOR_VOICE, Action.SEE_LAWS)
            raise NoticeRefused(said, MEND, Action.NOTE_LIFE)


def without_voices(brief: Brief, law: Law, claims: Iterable[Claim]) -> tuple[Brief, tuple[str, ...]]:
    """The brief without what is heard, where the law is for what is seen alone, and a line on each whose voice is left out. Only
    once the law fits: then whoever is heard in a video is seen in it, too."""
    heard = [claim for claim in claims if Modality.VOICE in claim.found_by and law.leaves_voice(claim)]
    if not heard:
        return brief, ()
    seen = [match for match in brief.matches if match.modality is not Modality.VOICE]
    left = (f"The voice of {each.name} is not in this letter: {law.fits(replace(each, heard_alone=True))}." for each in heard)
    return replace(brief, matches=seen), tuple(left)


def language_of(terms: LetterTerms, languages: Sequence[Language]) -> Language:
    """In which of these a letter is written: in the first, unless another is asked for. Raises NoticeRefused."""
    wanted = terms.language or languages[0]
    if wanted not in languages:
        known = ", ".join(language.value for language in languages)
        raise NoticeRefused(
            f"No letter under that law is written in {wanted.value}.", f"There are: {known}.", Action.CHOOSE_LANGUAGE
        )
    return wanted


def lacking(law: Law, claims: Iterable[Claim]) -> tuple[str, ...]:
    """What is not known and decides whether it fits, in the words in which a letter asks for it."""
    return tuple(dict.fromkeys(_asked(ask, claim) for claim in claims for ask in law.lacks(claim)))


def _asked(ask: Ask, claim: Claim) -> str:
    return ask.about(claim.name) if ask in (Ask.LIFE, Ask.DOMICILE) else ask.value


def named_by(law: Law, claims: Sequence[Claim]) -> Chosen:
    """The law that whoever drafts named. Raises NoticeRefused where it fits not every person, or is no ground."""
    check_is_ground(law)
    if not claims:
        raise NoticeRefused(f"{law.citation} protects people, and the letter is about none.", MEND)
    check_fits(law, claims)
    return Chosen((law,), lacking(law, claims))


def given_as(statute: str, claims: Sequence[Claim]) -> Chosen:
    """A statute as counsel wrote it: it stands, unless it names a law that does not fit. Raises NoticeRefused."""
    named = [law for law in LAWS.values() if law.is_named_in(statute)]
    for law in named:
        if law.status is LawStatus.BILL:
            check_is_ground(law)
        check_fits(law, claims)
    return Chosen(asked=tuple(dict.fromkeys(words for law in named for words in lacking(law, claims))))


def fitting(claim: Claim) -> Chosen:
    """Of the laws of the place those that fit; else what decides about them, or a blank for counsel to give one."""
    here = [law for law in RIGHTS_OF_PEOPLE if claim.place is not None and _is_of_its_place(law, claim.place)]
    possible = [law for law in here if law.may_fit(claim)]
    grounds = [law for law in possible if law.is_ground]
    cited = tuple(law for law in grounds if not law.lacks(claim))
    if cited:
        return Chosen(cited)
    asked = tuple(words for law in grounds for words in lacking(law, [claim]))
    return Chosen(asked=asked or (Ask.STATUTE.value,), left=tuple(_left_out(claim, here)))


def _left_out(claim: Claim, here: Sequence[Law]) -> Iterator[str]:
    """Why laws of the place are not cited: those that do not fit, and then those that are no ground for a letter."""
    unfit = [law for law in here if not law.may_fit(claim)]
    yield from (f"{claim.name}: {reason}" for law in unfit if (reason := law.fits(claim)))
    others = (law for law in here if law not in unfit and not law.is_ground)
    yield from (f"{law.citation} is not cited ({law.status}): {law.why_not}" for law in others)


def _is_of_its_place(law: Law, place: str) -> bool:
    """A place's own law; of the laws of the whole country that country's alone."""
    return place == law.place or (place.startswith(f"{law.place}-") and "-" in law.place)


def endorsement(claims: Sequence[Claim]) -> Chosen:
    """Whether the letter may speak of a false endorsement as well."""
    if all(FALSE_ENDORSEMENT.fits(claim) is None and not FALSE_ENDORSEMENT.lacks(claim) for claim in claims):
        return Chosen((FALSE_ENDORSEMENT,))
    return Chosen()
