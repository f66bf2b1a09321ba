"""What writes, of all that the command line knows, in an order in which each finds what it needs.

Left out is what depends on others' servers (drafting and sending letters, mail, sources, webhooks that are called) or on the
models alone and not on how much there is (scanning a file, building and measuring models), and what waits for a person (`serve`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
from sqlmodel import Session, col, select

from benchmarks.size.asking import Asked
from benchmarks.size.operating import operating
from monitor.demo.drawings import seal
from registry.subjects import Subject
from reports.cases import Case
from reports.matches import MatchRow, MatchStatus

UNION = "--party 'Union of Performers'"
WORDS = "--password 'lanterns over the harbour at nine'"
SINCE = "--from 2020-01-01"
SAME = "--reviewer 'R. Iyer' --reason"


def changing(session: Session, place: Path) -> Iterator[Asked]:
    """Runs come before the first new reference: whoever is new is looked for in all that was captured of late, which is work of
    its own, and no run with nothing new."""
    members = session.exec(select(Subject.name).order_by(col(Subject.name))).all()
    names = [f"'{name}'" for name in members[:40]]
    pending = [key[:12] for key in session.exec(select(MatchRow.id).where(MatchRow.status == MatchStatus.PENDING).limit(9))]
    case = session.exec(select(Case.id).limit(1)).one()[:12]
    drawing, roster = place / "seal.png", place / "members.csv"
    cv2.imwrite(str(drawing), seal(480))
    roster.write_text("name,number\n" + "".join(f"{name},{name[-5:]}\n" for name in members), "utf-8")
    (place / "inbox").mkdir(exist_ok=True)
    for words in (
        *(
            f"members compare {roster} {UNION}",
            "run --once",
            "party add 'Another union' --kind union",
            "party edit 'Another union' --email office@another.example",
        ),
        *_people(names, drawing),
        *_decisions(pending),
        *_evidence(case),
        *_accounts(),
        *_members(names),
        *(f"erase {names[4]} --reason 'asked for it' --yes", "run --once --json"),
        *("subject add 'The seal' --kind mark " + UNION, f"reference add 'The seal' {drawing}", "reference revoke {reference}"),
        *(f"mandate declare 'The seal' --verified-by 'A. Clerk' {SINCE}", "source add Fans {place}/inbox --kind inbox"),
        *("source pause Fans", "source resume Fans", "source remove Fans", f"subject add 'The hero' --kind character {UNION}"),
        *(f"portrayal add 'The hero' --by {names[5]}", "portrayal revoke {portrayal}"),
    ):
        yield Asked(words, changes=True)
    yield from operating()
    yield Asked("report weekly", changes=True, written="reports/weekly-*")
    yield Asked("report monthly", changes=True, written="reports/monthly-*")


def _people(names: list[str], drawing: Path) -> Iterator[str]:
    yield from (f"subject rename {names[0]} 'Zora Newname'", f"subject life {names[6]} living --domicile US-NY")
    yield from (f"mandate add {names[1]} {drawing} --verified-by 'A. Clerk' --consent {SINCE}",)
    yield from ("mandate document {mandate} --out {place}/document", "mandate revoke {mandate}")
    yield from (f"licence add {names[2]} --licensee 'Clip House' {SINCE}", "licence show {licence}", "licence revoke {licence}")
    yield from (f"group add 'The board' {UNION}", f"group put 'The board' {names[3]}", f"group take 'The board' {names[3]}")
    yield f"allow add {UNION} --host fan.example --by 'A. Clerk' --reason fans --yes-all"
    yield "allow revoke {allowance}"
    yield from (f"privacy basis {names[7]} --ground contract --evidence 'No. 7' --by 'A. Clerk' --special 'Art. 9(2)(f)'",)
    yield from (f"privacy minor {names[8]} --born 2015-05-31", f"privacy minor {names[8]} --of-age", f"privacy release {UNION}")
    yield from (f"privacy export {names[9]} --out {{place}}/of-person", "privacy erasures {place}/erasures")


def _decisions(pending: list[str]) -> Iterator[str]:
    yield from (f"review confirm {pending[0]} {SAME} same", f"review reject {pending[1]} {SAME} other")
    yield from (f"review permit {pending[2]} {SAME} press --yes", f"review reopen {pending[1]} {SAME} again --yes")
    yield f"review reject --uploader @user9 {SAME} other --yes"


def _evidence(case: str) -> Iterator[str]:
    yield from (f"case export {case}", "evidence verify {bundle}", f"evidence export {case} --zip --out {{place}}/sent")
    yield f"evidence certificate {case}"


def _accounts() -> Iterator[str]:
    yield from (f"account add 'R. Iyer' --role reviewer {UNION} {WORDS}", "account token 'R. Iyer' --label scripts")
    yield from (
        "account tokens 'R. Iyer'",
        "account revoke-token {token}",
        "account factors 'R. Iyer'",
        "account unlock 'R. Iyer'",
    )
    yield from (
        f"account password 'R. Iyer' {WORDS[:-1]} again'",
        "account sign-out 'R. Iyer'",
        "account reset-factors 'R. Iyer'",
    )
    yield from ("account require-factor 'Another union'", "account require-factor 'Another union' --off")
    yield from ("check allow 'R. Iyer' --contract 'No. 9' --licensee 'Clip House'", "check end {contract}")
    yield from ("account disable 'R. Iyer'", "webhook add 'Another union' https://hooks.example/in", "webhook rotate {endpoint}")
    yield "webhook remove {endpoint}"


def _members(names: list[str]) -> Iterator[str]:
    soon = (datetime.now(UTC) + timedelta(days=20)).date()
    yield from (f"members numbers {UNION}", f"members link 'Somebody New' {UNION} --until {soon}")
    yield from ("members end-link {invitation}", f"members leave {names[10]} {UNION} --yes")
