"""Who and what a run may look for, and what it is called."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from matcher.rates import comparisons
from matcher.types import Gallery, GallerySubject, Recogniser
from registry.actions import Action, Step
from registry.aliases import aliases_of
from registry.alike import Named
from registry.counting import counted
from registry.db import now
from registry.kinds import BY_NAME_ALONE, PRESENT_IN, SAMPLE_OF, Modality
from registry.references import Reference
from registry.standing import Matchable, matchable_in
from registry.subjects import Subject
from registry.template_rows import named_templates
from registry.templates import gallery_digest, load_gallery_templates
from reports.matches import content_id
from reports.quarantine import Quarantined, quarantined


@dataclass(frozen=True)
class Eligible:
    """Whom one run may look for, as the registry stood at a moment. aside: the references in quarantine."""

    at: datetime
    who: Matchable
    aside: tuple[Quarantined, ...]

    def may(self, recognisers: Sequence[Recogniser]) -> Mapping[str, Mapping[str, Named]]:
        """By encoder, the subjects that a valid mandate covers for its modality."""
        return {recogniser.encoder: self.who.by_modality[recogniser.modality] for recogniser in recognisers}


def eligible(session: Session, recognisers: Sequence[Recogniser]) -> Eligible:
    at = now()
    return Eligible(at, matchable_in(session, at, {r.modality for r in recognisers}), tuple(quarantined(session)))


def load_gallery(session: Session, recognisers: Sequence[Recogniser], found: Eligible | None = None) -> Gallery:
    """Who and what may be looked for at this moment, with the templates that the recognisers can read.

    A subject is in it with the modalities that a valid mandate covers; a reference in quarantine is not, in the way that is so.
    """
    found = found or eligible(session, recognisers)
    allowed, aside = found.may(recognisers), _aside(recognisers, found)
    templates = load_gallery_templates(session, list(allowed), found.at, found.who.every)
    held = {key: subject for may in allowed.values() for key, subject in may.items()}
    aliases = aliases_of(session)
    subjects = {key: GallerySubject(key, s.name, s.kind, s.party_id, aliases.get(key, ())) for key, s in held.items()}
    kept = (t for t in templates if t.subject_id in allowed[t.encoder] and (t.reference_id, t.encoder) not in aside)
    return Gallery(subjects, tuple(kept))


def wanted_templates(session: Session, recognisers: Sequence[Recogniser], found: Eligible) -> dict[str, str]:
    """What the gallery is made of, each template by an id that changes when it, or what counts as a match, is another one, with
    its subject's id."""
    allowed, aside = found.may(recognisers), _aside(recognisers, found)
    # How alike they must be is asked of galleries of one and of a thousand: that it rises with every member owes nothing.
    judged = {r.encoder: " ".join(_limits(r, compared) for compared in (1, 1000)) for r in recognisers}
    return {
        content_id(each.reference_id, judged[each.encoder]): each.subject_id
        for each in named_templates(session, list(allowed))
        if each.subject_id in allowed[each.encoder] and (each.reference_id, each.encoder) not in aside
    }


def _aside(recognisers: Sequence[Recogniser], found: Eligible) -> set[tuple[str, str]]:
    """The references in quarantine, each with the encoders of the way in which it is."""
    return {
        (each.reference_id, recogniser.encoder)
        for each in found.aside
        for recogniser in recognisers
        if recogniser.modality is each.modality
    }


def not_looked_for(session: Session, found: Eligible, templates: int) -> tuple[list[str], list[Step]]:
    """What to say of the subjects that have references, but no valid mandate, and what would help."""
    enrolled = set(session.exec(select(Reference.subject_id).distinct()))
    without = enrolled - set(found.who.every)
    said, steps = list[str](), list[Step]()
    if without:
        subjects = counted(len(without), "enrolled subject is", "enrolled subjects are")
        said.append(f"{subjects} not looked for: no mandate for them is valid.")
        steps += [Step(Action.ADD_MANDATE), Step(Action.DECLARE_MANDATE)]
    unnamed = _not_covered(session, found)
    if unnamed:
        said += unnamed
        steps.append(Step(Action.ADD_MANDATE))
    for each in found.aside:
        subject = session.get(Subject, each.subject_id)
        name = subject.name if subject else "an erased subject"
        said.append(
            f"The reference {each.reference_id[:12]} of {name} is in quarantine for the {each.modality}: "
            f"its matches were rejected in {each.rejected} videos and confirmed in {each.confirmed}. Look at it, and replace it, "
            "or reopen a review that was wrong."
        )
        steps.append(Step(Action.SEE_REFERENCES))
    if not templates:
        said.append("Nothing was scanned: no subject has a reference and a valid mandate.")
        steps.append(Step(Action.ADD_REFERENCE))
    return said, list(dict.fromkeys(steps))


def _not_covered(session: Session, found: Eligible) -> list[str]:
    """What to say of references of whom a valid mandate lets be looked for, but not in the way that they are for."""
    count: Counter[Modality] = Counter()
    query = select(Reference.subject_id, Reference.kind, func.count()).group_by(col(Reference.subject_id), col(Reference.kind))
    for key, kind, many in session.exec(query):
        if (subject := found.who.every.get(key)) is not None:
            ways = [way for way in PRESENT_IN[subject.kind] if SAMPLE_OF[way] is kind and way in found.who.by_modality]
            count.update({way: many for way in ways if key not in found.who.by_modality[way]})
    return [_not_looked_for(way, many) for way, many in sorted(count.items())]


def _not_looked_for(way: Modality, many: int) -> str:
    if way in BY_NAME_ALONE:
        recordings = counted(many, "recording is", "recordings are")
        return f"{recordings} not listened for: no valid mandate for who speaks there names the voice."
    references = counted(many, "reference is", "references are")
    return f"{references} not looked for: no valid mandate for who is enrolled by it covers the {way}."


def looked_for(gallery: Gallery, recognisers: Sequence[Recogniser]) -> str:
    """One digest of the gallery and of what counts as a match in it, by which a scan can be made again."""
    limits = sorted(
        _limits(recogniser, comparisons(gallery.references_by(recogniser.encoder, party), recogniser.per_reference))
        for recogniser in recognisers
        for party in gallery.by_party
    )
    return hashlib.sha256("\n".join([gallery_digest(gallery.templates), *limits]).encode()).hexdigest()


def _limits(recogniser: Recogniser, compared: int) -> str:
    rate = recogniser.expected_false_matches(0.5, compared)
    return f"{recogniser.encoder} {recogniser.threshold(compared):.6f} {rate:.6f}"
