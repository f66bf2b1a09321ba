"""What only reads, of all that the command line knows."""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from benchmarks.size.asking import Asked
from crawler.videos import Capture, Video
from registry.mandates import Basis, Mandate
from registry.references import Reference
from registry.subjects import Subject
from reports.cases import Case
from reports.matches import MatchRow


def reading(session: Session) -> Iterator[Asked]:
    subject = session.exec(select(Subject).order_by(col(Subject.name).desc()).limit(1)).one()
    reference = session.exec(select(Reference.id).limit(1)).one()
    mandate = session.exec(select(Mandate.id).where(Mandate.basis == Basis.CONSENT).limit(1)).one()
    video = session.exec(select(Video.id).join(Capture).join(MatchRow).limit(1)).one()
    case = session.exec(select(Case.id).limit(1)).one()
    match = session.exec(select(MatchRow.id).limit(1)).one()
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
        *("members imports --party 'Union of Performers'", "members links --party 'Union of Performers'", "vault check"),
        *(
            "review agreement",
            f"family show {match[:12]}",
            "notice laws",
            "notice status",
            "report due",
            "report posted",
            "keys new",
        ),
        *(f"privacy basis {shown}", "webhook list", "check contracts"),
    ):
        yield Asked(words)
    yield Asked("doctor", codes=frozenset({0, 1}))
