"""The open-set decision: whether an appearance is one of the enrolled, or nobody we know."""

from matcher.types import Finding, Match, Recogniser
from registry.kinds import Modality


def decide(finding: Finding, recogniser: Recogniser, gallery_subjects: int, compared: int) -> Match | None:
    """The match of a finding, or None: its best candidate must reach the threshold and lead the runner-up by the margin.

    gallery_subjects: those of the party that the recogniser's encoder compares, see Gallery.compared_by. compared: what they
    count as with all their references, see matcher.rates.comparisons.
    """
    if not finding.candidates:
        return None
    best, *others = finding.candidates
    threshold = recogniser.threshold(compared)
    margin = best.score - (others[0].score if others else 0.0)
    if best.score < threshold or margin < recogniser.margin:
        return None
    expected = max(recogniser.expected_false_matches(best.score, compared), best.false_of_kind)
    appearance = finding.appearance
    reasons = (
        f"Score {best.score:.3f} reaches the threshold {threshold:.3f}, with {_subjects(gallery_subjects)} to compare.",
        f"The next best subject scores {margin:.3f} less." if others else "No other subject comes near.",
        *_looks(len(appearance.observations), appearance.modality),
        *best.evidence,
    )
    return Match(
        appearance=appearance,
        subject_id=best.subject_id,
        reference_id=best.reference_id,
        score=best.score,
        threshold=threshold,
        margin=margin,
        expected_false_matches=expected,
        encoder=recogniser.encoder,
        pack=recogniser.pack,
        reasons=reasons,
        shows=best.shows,
        likelihood=best.likelihood,
    )


def _looks(count: int, modality: Modality) -> tuple[str, ...]:
    """In how many frames it was seen; nothing of what is heard, nor of footage, of which a few places are kept of many."""
    if not count or modality is Modality.FOOTAGE:
        return ()
    return (f"Seen in {count} of the frames looked at." if count > 1 else "Seen in one frame only.",)


def _subjects(count: int) -> str:
    return "one subject" if count == 1 else f"{count} subjects"
