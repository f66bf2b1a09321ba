"""A workspace whose parties enrol people made of numbers, so that it is known who is whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import Session

from benchmarks.patterns import PatternRecogniser, save_photo
from matcher.packs.adding import add
from monitor.enrolment import enrol_file
from monitor.identities import compare_subjects
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import Caller, Role
from registry.erase import erase_subject
from registry.identities import Held, held_elsewhere
from registry.parties import Party, add_party, find_party
from registry.references import list_references
from registry.subjects import Subject, add_subject, find_subject
from registry.tenancy import AccountSession
from registry.types import PartyKind, SubjectKind

RECOGNISER = PatternRecogniser()


def edge_workspace(folder: Path, shared_models: Path) -> Path:
    """A new workspace whose faces are told apart by the real pack `edge`."""
    models, root = folder / "models", folder / "work"
    add(models, shared_models / "edge")
    init_workspace(root)
    (root / "semblance.toml").write_text(f'pack = "edge"\nmodels = "{models}"\n', encoding="utf-8")
    return root


class People:
    """Enrols as the commands do: what an account's session commits is compared afterwards."""

    def __init__(self, workspace: Workspace, photos: Path) -> None:
        self.workspace, self._photos, self._shots = workspace, photos, 0

    def party(self, name: str, kind: PartyKind = PartyKind.UNION) -> None:
        with self.workspace.session() as session:
            add_party(session, name, kind)
            session.commit()

    def caller(self, party: str, role: Role = Role.REGISTRAR) -> Caller:
        with self.workspace.session() as session:
            return Caller(f"{party} clerk", f"{party} clerk", role, find_party(session, party).id)

    @contextmanager
    def account(self, party: str, role: Role = Role.REGISTRAR) -> Iterator[AccountSession]:
        with AccountSession(self.workspace.engine, self.caller(party, role)) as session:
            yield session

    def enrol(self, party: str, name: str, person: int, *, compare: bool = True) -> str:
        """A new photo of a person under a name, by the party's registrar; the subject's id."""
        self._shots += 1
        photo = save_photo(self._photos / f"{self._shots}.png", person, self._shots)
        with self.account(party) as session:
            whose = find_party(session, party)
            known = [row for row in _subjects(session, whose) if row.name == name]
            subject = known[0] if known else add_subject(session, whose, name, SubjectKind.PERSON)
            enrol_file(self.workspace, session, [RECOGNISER], subject, photo)
            session.commit()
            subject_id = subject.id
        if compare:
            self.compare()
        return subject_id

    def compare(self) -> None:
        compare_subjects(self.workspace, [RECOGNISER])

    def told(self, party: str) -> list[Held]:
        """What the party's account is told."""
        with self.account(party, Role.AUDITOR) as session:
            return held_elsewhere(session)

    def references(self, subject_id: str) -> list[str]:
        with self.workspace.session() as session:
            return [row.id for row in list_references(session, session.get_one(Subject, subject_id))]

    def erase(self, party: str, name: str, at) -> None:  # type: ignore[no-untyped-def]
        with self.account(party) as session:
            erase_subject(session, self.workspace.vault, find_subject(session, name), at, "asked for it")


def _subjects(session: Session, party: Party) -> list[Subject]:
    from registry.subjects import list_subjects

    return list_subjects(session, party=party)


@contextmanager
def people_in(folder: Path) -> Iterator[People]:
    init_workspace(folder / "work")
    with open_workspace(folder / "work") as workspace:
        yield People(workspace, folder / "photos")
