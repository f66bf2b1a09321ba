"""What is on record of a person's life, on which it depends which laws protect them: whether they live, since when not, where."""

from datetime import date

from sqlmodel import Session

from registry.errors import RegistryError
from registry.subjects import Subject
from registry.territory import clean_territories
from registry.types import Life, SubjectKind


class LifeRefused(RegistryError):
    """What is said of a person's life and cannot be so."""


def note_life(session: Session, subject: Subject, life: Life, died_on: date | None, domicile: str, today: date) -> None:
    """Keep it in place of what was on record before; flushed, not committed.

    domicile: where they live, or lived at death, by its ISO 3166 code, such as US-NY; "" if not known. Raises LifeRefused
    for what is no person, and for a day of death of the living or in the future; TerritoryRefused.
    """
    if subject.kind is not SubjectKind.PERSON:
        raise LifeRefused(f"{subject.name} is no person.", "Only people live and die.")
    if died_on is not None and life is not Life.DECEASED:
        raise LifeRefused(f"A day of death is given, and {subject.name} is said to be {life}.", "Say that they are deceased.")
    if died_on is not None and died_on > today:
        raise LifeRefused(f"The day of death, {died_on}, lies in the future.", "Write the day as 2024-05-31.")
    subject.life, subject.died_on = life, died_on
    subject.domicile = clean_territories([domicile])[0] if domicile.strip() else ""
    session.add(subject)
    session.flush()


def forget_life(subject: Subject) -> None:
    """Nothing is on record any more, as of a person who was just added."""
    subject.life, subject.died_on, subject.domicile = Life.UNKNOWN, None, ""


def life_in_words(subject: Subject) -> str:
    """``deceased on 2024-05-31, domiciled in US-NY``; ``unknown`` where nothing is on record."""
    died = f" on {subject.died_on}" if subject.died_on else ""
    where = f", domiciled in {subject.domicile}" if subject.domicile else ""
    return f"{subject.life}{died}{where}"
