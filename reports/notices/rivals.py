"""Whether another party claims what a letter claims: who signs it is told before it goes out."""

from datetime import datetime

from sqlmodel import Session

from registry.types import Modality
from reports.character_claims import contested
from reports.notices.base import LetterTerms
from reports.notices.grounds import place_of_law
from reports.notices.notice import Notice


def rival_claims(session: Session, notice: Notice, at: datetime) -> list[str]:
    """A line for each subject that the letter names and that another party may act for as well, in its place, at that moment."""
    stated = notice.stated
    place = place_of_law(LetterTerms(jurisdiction=stated.get("jurisdiction", ""), territory=stated.get("territory", "")))
    said = []
    for subject_id, modality in stated.get("modalities", ()):
        if why := contested(session, subject_id, Modality(modality), at, territory=place):
            said.append(f"{stated['names'][subject_id]}: {why}.")
    return list(dict.fromkeys(said))
