"""Every command of the command line that can be asked on one machine, with words that fit the workspace."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
from sqlmodel import Session, col, select

from crawler.videos import Capture, Video
from monitor.demo.drawings import seal
from monitor.workspace import open_workspace
from registry.mandates import Basis, Mandate
from registry.references import Reference
from registry.subjects import Subject
from reports.cases import Case
from reports.matches import MatchRow, MatchStatus


@dataclass(frozen=True)
class Asked:
    """words: as typed. changes: it can be asked once only, or changes what others find. codes: exit statuses that are right.
    written: a pattern of the documents that it writes."""

    words: str
    changes: bool = False
    codes: frozenset[int] = frozenset({0})
    written: str = ""

    @property
    def arguments(self) -> list[str]:
        return shlex.split(self.words)

    @property
    def command(self) -> str:
        words = self.arguments
        return words[0] if words[0] in ("run", "erase", "doctor", "crawl") else " ".join(words[:2])

    def files(self, place: Path) -> list[Path]:
        """The documents that it writes."""
        return sorted(place.glob(self.written)) if self.written else []


def asked(place: Path) -> list[Asked]:
    with open_workspace(place) as workspace, workspace.session() as session:
        return [*_reading(session), *_changing(session, place)]


def _reading(session: Session) -> Iterator[Asked]:
    subject = session.exec(select(Subject).order_by(col(Subject.name).desc()).limit(1)).one()
    reference = session.exec(select(Reference.id).limit(1)).one()
    mandate = session.exec(select(Mandate.id).where(Mandate.basis == Basis.CONSENT).limit(1)).one()
    video = session.exec(select(Video.id).join(Capture).join(MatchRow).limit(1)).one()
    case = session.exec(select(Case.id).limit(1)).one()
    shown = f"'{subject.name}'"
    for words in (
        *("--help", "party list", "party show 'Union of Performers'", "subject list", "subject list --json"),
        *(f"subject show {shown}", f"subject show {shown} --party 'Union of Performers'", "reference list"),
        *(f"reference list {shown}", f"reference show {reference}", "account list", "mandate list", f"mandate list {shown}"),
        *(f"mandate show {mandate}", "licence list", f"licence list {shown}", "allow list", "group list", "portrayal list"),
        *("source list", "source show 'Source 07'", "review list", "review list --json", "review list --status all"),
        *(f"review list --video {video[:12]}", f"review list --subject {shown} --status all"),
        *("review list --uploader @user7 --status all", "review list --host licensed.example --status all"),
        *("case list", f"case show {case[:12]}", f"notice list {case[:12]}", "privacy report", "privacy retention"),
        *("audit verify", "audit list", "audit list --table subject", f"audit list --row {subject.id}", "models list"),
        *(
            "keys check",
            "evidence fingerprint",
            "privacy records",
            f"reference check {shown}",
            "members list --party 'Union of Performers'",
            "identity list",
        ),
        "members refused --party 'Union of Performers'",
        *("members list --party 'Union of Performers' --search 19999", "review list --search 04999"),
    ):
        yield Asked(words)
    yield Asked("doctor", codes=frozenset({0, 1}))


def _changing(session: Session, place: Path) -> Iterator[Asked]:
    """What writes, in an order in which each finds what it needs; runs come before the first new reference: whoever is new is
    looked for in all that was captured of late, which is work of its own, and no run with nothing new."""
    names = [f"'{name}'" for name in session.exec(select(Subject.name).order_by(col(Subject.name)).limit(9))]
    pending = list(session.exec(select(MatchRow.id).where(MatchRow.status == MatchStatus.PENDING).limit(9)))
    case = session.exec(select(Case.id).limit(1)).one()
    drawing = place / "seal.png"
    cv2.imwrite(str(drawing), seal(480))
    since = "--from 2020-01-01"
    for words in (
        *("run --once", "party add 'Another union' --kind union", f"subject rename {names[0]} 'Zora Newname'"),
        *(f"mandate add {names[1]} {drawing} --verified-by 'A. Clerk' --consent {since}",),
        *(f"licence add {names[2]} --licensee 'Clip House' {since}", "group add 'The board' --party 'Union of Performers'"),
        *(f"group put 'The board' {names[3]}",),
        *("allow add --party 'Union of Performers' --host fan.example --by 'A. Clerk' --reason fans --yes-all",),
        *(f"review confirm {pending[0][:12]} --reviewer 'R. Iyer' --reason same",),
        *(f"review reject {pending[1][:12]} --reviewer 'R. Iyer' --reason other",),
        *("review reject --uploader @user9 --reviewer 'R. Iyer' --reason other --yes",),
        *(f"case export {case[:12]}", f"erase {names[4]} --reason 'asked for it' --yes", "run --once --json"),
        *("subject add 'The seal' --kind mark --party 'Union of Performers'", f"reference add 'The seal' {drawing}"),
    ):
        yield Asked(words, changes=True)
    yield Asked("report weekly", changes=True, written="reports/weekly-*")
