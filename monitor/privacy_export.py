"""What a person gets who asks what is held of them (GDPR Art. 15, 20): a folder with a page to read, the same as JSON, and files.

Others stay out of it: who decided and who verified are named by their office, other members' names are struck from what was
written, and stills show the person's own face alone.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from crawler.pages import pages_of
from crawler.videos import Capture, Video
from monitor.others_names import OthersNames
from monitor.retention import due_of
from monitor.workspace import Workspace
from registry.actions import Action
from registry.audit import record
from registry.documents import LIST, digest_of, documents_of, root_of
from registry.errors import Conflict, SemblanceError
from registry.groups import GroupMember, SubjectGroup
from registry.kinds import SubjectKind
from registry.legal import BasisRefused, held_on
from registry.licences import list_licences
from registry.mandates import Mandate, mandates_for
from registry.members import members_of
from registry.parties import Party
from registry.placing import put_in_place
from registry.proofs import kind_of
from registry.references import Reference, list_references
from registry.staging import staging
from registry.storage.lock import hold
from registry.subjects import Subject
from registry.templates import TemplateRow, arrays_of
from registry.validity import status_at
from reports.errors import EvidenceMissing
from reports.evidence.bystanders import still_to_send
from reports.evidence.stills import NO_PLACE, close_up, jpeg, read_reference
from reports.matches import MatchRow
from reports.notices.notice import Notice
from reports.render.html import render_html
from reports.review import reviews_of

KIND = "subject access"
ROOM = 0.15
"""Around a face, as a share of it: enough to know oneself by, and too little for who stands beside."""
RIGHTS = (
    "You may ask for what is wrong to be corrected (GDPR Art. 16) and for all of it to be erased (Art. 17).",
    "You may have its use restricted (Art. 18), object to it (Art. 21), and take it with you, as data.json (Art. 20).",
    "You may end a consent at any time; what was done before stays lawful (Art. 7(3)).",
    "You may complain to a data protection authority, where you live, work, or where it happened (Art. 77).",
    "No decision about you is made by the machine alone: a person looks at every match before anything is done (Art. 22).",
)


def export_subject(workspace: Workspace, session: Session, subject: Subject, place: Path, at: datetime) -> Path:
    """Make the folder at place, its owner's alone, on record like every document that shows the person. Commits.

    Raises Conflict where something is there already, BasisRefused for what is no person.
    """
    if subject.kind is not SubjectKind.PERSON:
        raise BasisRefused(f"{subject.name} is no person.", "Of a work it is shown otherwise.", Action.SEE_SUBJECT)
    if place.exists() or place.is_symlink():
        raise Conflict(f"{place} is there already.", Action.NAME_OUTPUT)
    with staging(root_of(session)) as folder:
        inside = folder / place.name
        inside.mkdir()
        told = _told(workspace, session, subject, at, inside)
        (inside / "data.json").write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        page = render_html("subject_access", {"told": told, "pictures": _pictures(told, inside)})
        (inside / "index.html").write_bytes(page)
        _list(inside)
        hold(session)
        record(session, "export", "subject", [subject.id])
        (made,) = put_in_place(session, folder, place.absolute().parent, KIND, [subject.id], at)
    return made


def _pictures(told: dict[str, Any], folder: Path) -> dict[str, bytes]:
    """What the page shows, by file: stills as they are, photos smaller; a photo that cannot be decoded is only linked."""
    shown = {row["still"]: (folder / row["still"]).read_bytes() for row in told["matches"] if row["still"]}
    for name in (row["file"] for row in told["photos"] if row["file"]):
        with suppress(EvidenceMissing):
            shown[name] = jpeg(read_reference(folder / name), 320)
    return shown


def _list(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{digest_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / LIST).write_text("".join(lines), encoding="utf-8")


def _told(workspace: Workspace, session: Session, subject: Subject, at: datetime, folder: Path) -> dict[str, Any]:
    party = session.get_one(Party, subject.party_id)
    ground = held_on(session, subject, at)
    due = due_of(session, workspace.settings.retention, subject, at)
    others = OthersNames(session, subject)
    return {
        "made_at": _day(at),
        "person": {
            "name": subject.name,
            "aliases": subject.aliases,
            "enrolled": _day(subject.created_at),
            "left": _day(subject.left_at),
            "of_age": _day(subject.minor_until),
            "life": subject.life.value,
            "died": subject.died_on.isoformat() if subject.died_on else "",
            "domicile": subject.domicile,
            "groups": _groups(session, subject),
        },
        "controller": {
            "name": party.name,
            **{key: getattr(party, key) for key in ("postal_address", "email", "phone", "officer")},
        },
        "ground": {"basis": ground.ground, "evidence": ground.evidence},
        "purposes": party.purposes,
        "recipients": party.recipients,
        "transfers": party.transfers,
        "source": _source(session, subject),
        "kept_until": [{"day": _day(row.due_at), "why": row.why} for row in due],
        "photos": [_photo(workspace, row, folder, number) for number, row in enumerate(list_references(session, subject), 1)],
        "templates": _templates(workspace, session, subject, folder),
        "mandates": [_mandate(workspace, row, at, folder) for row in mandates_for(session, subject)],
        "licences": [_licence(row) for row in list_licences(session, subject)],
        "matches": [_match(workspace, session, row, folder, others) for row in _matches(session, subject)],
        "letters": list(_letters(session, subject, others)),
        "documents": [
            {"kind": row.kind, "made": _day(row.made_at), "handed_out": _day(row.sent_at)}
            for row in documents_of(session, subject.id)
        ],
        "rights": list(RIGHTS),
    }


def _day(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%d %H:%M UTC")


def _groups(session: Session, subject: Subject) -> list[str]:
    query = select(SubjectGroup.name).join(GroupMember, col(GroupMember.group_id) == SubjectGroup.id)
    return sorted(session.exec(query.where(GroupMember.subject_id == subject.id)))


def _source(session: Session, subject: Subject) -> str:
    rows = members_of(session, subject.id)
    if rows:
        return f"a roster of the party's members, last read on {max(row.imported_at for row in rows):%Y-%m-%d}"
    return f"entered by the party's registrar on {subject.created_at:%Y-%m-%d}"


def _photo(workspace: Workspace, row: Reference, folder: Path, number: int) -> dict[str, Any]:
    name = f"photos/{number:03d}-{row.file_name}"
    era = None if row.era_from is None else f"{row.era_from}-{row.era_to}"
    about = {"kind": row.kind.value, "enrolled": _day(row.created_at), "era": era, "size": row.size}
    return {**about, **_file(workspace, row.sha256, folder, name)}


def _file(workspace: Workspace, sha256: str, folder: Path, name: str) -> dict[str, Any]:
    """Put an object of the vault into the folder; why not, where it cannot be read."""
    place = folder / name
    place.parent.mkdir(exist_ok=True)
    try:
        with place.open("wb") as stream:
            stream.writelines(workspace.vault.chunks(sha256))
    except SemblanceError as error:
        place.unlink()
        return {"file": None, "absent": error.what}
    return {"file": name, "absent": ""}


def _templates(workspace: Workspace, session: Session, subject: Subject, folder: Path) -> list[dict[str, Any]]:
    """Numbers by which faces and voices are compared; they lie in a file of their own, since nobody reads them."""
    query = select(TemplateRow).join(Reference, col(Reference.id) == TemplateRow.reference_id)
    rows = session.exec(query.where(Reference.subject_id == subject.id).order_by(col(TemplateRow.id))).all()
    held = [
        {"encoder": row.encoder, "numbers": {key: array.tolist() for key, array in arrays_of(row, workspace.vault.keys).items()}}
        for row in rows
    ]
    if held:
        (folder / "templates.json").write_text(json.dumps(held), encoding="utf-8")
    return [{"encoder": row.encoder, "file": "templates.json"} for row in rows]


def _mandate(workspace: Workspace, row: Mandate, at: datetime, folder: Path) -> dict[str, Any]:
    told = {
        "basis": row.basis.value,
        "covers": row.scope or ["everything but the voice"],
        "territory": row.territory or ["everywhere"],
        "from": _day(row.starts_at),
        "until": _day(row.ends_at),
        "revoked": _day(row.revoked_at),
        "status": status_at(row, at).value,
        "how_verified": row.how,
        "guardian": row.guardian,
        "release_version": row.release_version,
        "release_shown": _day(row.release_shown_at),
    }
    if row.subject_id is None:
        return {
            **told,
            "file": None,
            "absent": "It is about all members of the party, and not about you alone.",
            "compensation": "",
        }
    head = b"".join(chunk for chunk in workspace.vault.chunks(row.document_sha256))
    kind = kind_of(head)
    name = f"documents/{row.basis.value}-{row.id[:8]}{kind.suffixes[0] if kind else '.bin'}"
    return {**told, "compensation": row.compensation, **_file(workspace, row.document_sha256, folder, name)}


def _licence(row: Any) -> dict[str, Any]:
    terms = {name: getattr(row, name) for name in ("licensee", "host", "uploader", "generator", "project")}
    terms["covers"] = row.modality.value if row.modality else "everything but the voice"
    return {**terms, "from": _day(row.starts_at), "until": _day(row.ends_at), "revoked": _day(row.revoked_at)}


def _matches(session: Session, subject: Subject) -> list[MatchRow]:
    return list(session.exec(select(MatchRow).where(MatchRow.subject_id == subject.id).order_by(col(MatchRow.found_at))))


def _match(workspace: Workspace, session: Session, row: MatchRow, folder: Path, others: OthersNames) -> dict[str, Any]:
    capture = session.get_one(Capture, row.capture_id)
    video = session.get_one(Video, capture.video_id)
    return {
        "id": row.id,
        "video": video.media_url,
        "title": video.title,
        "pages": [page.url for page in pages_of(session, video.id) if page.url],
        "captured": _day(capture.captured_at),
        "found": _day(row.found_at),
        "by": row.modality.value,
        "from_second": round(row.t_start, 2),
        "to_second": round(row.t_end, 2),
        "score": round(row.score, 3),
        "threshold": round(row.threshold, 3),
        "expected_false_matches": row.expected_false_matches,
        "likelihood_ratio": row.likelihood_ratio,
        "status": row.status.value,
        **_still(workspace, capture, row, folder),
        "decisions": [
            {"decision": made.decision.said, "on": _day(made.at), "by": others.reviewer, "reason": others.struck(made.reason)}
            for made in reviews_of(session, row.id)
        ],
    }


def _still(workspace: Workspace, capture: Capture, row: MatchRow, folder: Path) -> dict[str, Any]:
    """The face as it was seen at the match's best moment, and nothing beside it; nothing of a voice, which has no place."""
    name, box = f"stills/{row.id}.jpg", row.best_box
    if box is None:
        return {"still": None, "at_second": round(row.best_t, 2), "no_still": NO_PLACE}
    try:
        with workspace.vault.as_file(capture.media_sha256) as media:
            sent = still_to_send(media, row.best_t, box, row.modality, row.track, counted=row.counted)
        content = jpeg(close_up(sent.image, box, sent.scale, ROOM))
    except SemblanceError as error:
        return {"still": None, "at_second": round(row.best_t, 2), "no_still": error.what}
    (folder / "stills").mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return {"still": name, "at_second": round(row.best_t, 2), "no_still": ""}


def _letters(session: Session, subject: Subject, others: OthersNames) -> Iterator[dict[str, Any]]:
    """To whom each is, too: who asks is told the recipients themselves (CJEU, C-154/21)."""
    own = {row.id for row in _matches(session, subject)}
    for notice in session.exec(select(Notice).order_by(col(Notice.drafted_at))):
        if about := sorted(own.intersection(notice.match_ids)):
            yield {
                "law": notice.law,
                "state": notice.state,
                "to": [others.struck(line) for line in notice.letter.get("recipient", ())],
                "drafted": _day(notice.drafted_at),
                "approved": _day(notice.approved_at),
                "matches": about,
            }
