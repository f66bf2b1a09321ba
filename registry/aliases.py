"""What else a subject is called: in other scripts, as a stage name, or a title in another country.

Searches are made for each, and each is looked for on the screen beside a match. A name is no likeness: it makes no match.
"""

from sqlalchemy import String, cast
from sqlmodel import Session, col, select

from registry.errors import Conflict, NotFound, RegistryError
from registry.names import clean_name, name_key
from registry.subjects import Subject

MOST, LONGEST = 30, 120
"""Aliases of one subject, and characters of one: searches are named by them, and lines on a screen are looked at as far."""


class AliasRefused(RegistryError):
    """A name too many, too long, or without a letter."""


def add_alias(session: Session, subject: Subject, alias: str) -> None:
    """Flushed, not committed. Raises NameRefused, AliasRefused, and Conflict where the subject is called so already."""
    cleaned = clean_name(alias, "alias")
    if not any(sign.isalnum() for sign in cleaned):
        raise AliasRefused("An alias has at least one letter or digit.", "Write the name as it stands on pages and screens.")
    if len(cleaned) > LONGEST:
        raise AliasRefused(f"The alias has {len(cleaned)} characters.", f"Give one of at most {LONGEST}.")
    if name_key(cleaned) in {name_key(name) for name in (subject.name, *subject.aliases)}:
        raise Conflict(f"{subject.name} is called {cleaned!r} already.", "Nothing needs doing.")
    if len(subject.aliases) >= MOST:
        raise AliasRefused(f"{subject.name} has {MOST} aliases already.", "Remove one that is not needed.")
    _keep(session, subject, [*subject.aliases, cleaned])


def remove_alias(session: Session, subject: Subject, alias: str) -> None:
    """Flushed, not committed. Raises NotFound."""
    kept = [held for held in subject.aliases if name_key(held) != name_key(alias)]
    if len(kept) == len(subject.aliases):
        known = ", ".join(subject.aliases) or "none"
        raise NotFound(f"{subject.name} has no alias {alias!r}.", f"Its aliases: {known}.")
    _keep(session, subject, kept)


def aliases_of(session: Session) -> dict[str, tuple[str, ...]]:
    """Of every subject that has any, by its id, in one statement."""
    rows = session.exec(select(Subject.id, Subject.aliases).where(cast(col(Subject.aliases), String) != "[]"))
    return {key: tuple(aliases) for key, aliases in rows}


def _keep(session: Session, subject: Subject, aliases: list[str]) -> None:
    subject.aliases = aliases
    session.add(subject)
    session.flush()
