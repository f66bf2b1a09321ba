"""Bringing documents to their places: the record first, and that they are there last."""

import errno
import os
import shutil
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from registry.documents import Document, DocumentGone, beside, fingerprint, name_of, named, remove, root_of, rows_at
from registry.private import make_folder, tighten
from registry.staging import abandoned, sweep
from registry.subjects import Subject


def put_in_place(
    session: Session, folder: Path, out_dir: Path, kind: str, subject_ids: Iterable[str], at: datetime
) -> list[Path]:
    """Move all that was made in a staging folder to out_dir, each under its name, and record whom it shows. Commits, also what
    the caller has written: the record first, and that the documents are there last.

    A document made anew is not sent yet. Raises OSError, after which the record is as it was; DocumentGone.
    """
    root, shown = root_of(session), sorted(set(subject_ids))
    tighten(folder)
    make_folder(out_dir)
    places = {item: out_dir / item.name for item in sorted(folder.iterdir())}
    for place in places.values():
        _intend(session, root, place, kind, shown, folder.name, at)
    _refuse_erased(session, shown)
    session.commit()
    try:
        for item, place in places.items():
            _move(item, place)
    except OSError:
        _settle(session, root, session.exec(select(Document).where(Document.making == folder.name)).all())
        session.commit()
        raise
    for place in places.values():
        _confirm(session, root, place, kind, shown, folder.name, at)
    session.commit()
    return list(places.values())


def _refuse_erased(session: Session, shown: list[str]) -> None:
    """Asked once the transaction holds the database's write lock: an erasure came before it, or will find the record."""
    if session.exec(select(Subject.id).where(col(Subject.id).in_(shown), col(Subject.erased_at).is_not(None))).first():
        session.rollback()
        raise DocumentGone("The document shows somebody who was erased while it was made.", "Make it anew.")


def _intend(session: Session, root: Path, place: Path, kind: str, subjects: list[str], staged: str, at: datetime) -> None:
    found = rows_at(session, place) if os.path.lexists(place) else named(session, name_of(root, place))
    known = {row.subject_id: row for row in found}
    before = fingerprint(place)
    for row in known.values():
        row.path, row.digest = name_of(root, place), row.digest or before
        row.making = staged if row.subject_id in subjects else row.making
        session.add(row)
    new = (key for key in subjects if key not in known)
    session.add_all(Document(subject_id=key, path=name_of(root, place), kind=kind, made_at=at, making=staged) for key in new)
    session.flush()


def _confirm(session: Session, root: Path, place: Path, kind: str, subjects: list[str], staged: str, at: datetime) -> None:
    rows = named(session, name_of(root, place))
    if subjects and not rows:
        remove(place)
        session.commit()
        raise DocumentGone(f"{place.name} shows somebody who was erased meanwhile, and was removed.", "Make it anew.")
    digest = fingerprint(place)
    for row in rows:
        if row.making == staged:
            row.making, row.kind, row.made_at, row.sent_at, row.digest = None, kind, at, None, digest
            session.add(row)
        elif row.making is None:
            session.delete(row)
    session.flush()


def _move(item: Path, place: Path) -> None:
    try:
        item.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _move_across(item, place)


def _move_across(item: Path, place: Path) -> None:
    """To another file system: through a folder beside the place, whose name the record's own tells."""
    part = beside(place)
    remove(part)
    make_folder(part)
    try:
        inside = part / item.name
        if item.is_dir():
            shutil.copytree(item, inside)
        else:
            shutil.copy(item, inside)
        inside.replace(place)
    finally:
        remove(part)


def settle(session: Session) -> int:
    """Bring to their places what killed makers had put on record, and the record in line with the rest that they left; says how
    many rows that concerned. Commits."""
    root = root_of(session)
    # Asked before the sweep: a maker that begins after it is not among them.
    left = session.exec(select(Document.making, Document.path).where(col(Document.making).is_not(None)).distinct()).all()
    for staged, name in left:
        _finish(root, str(staged), root / name)
    dead = {str(staged) for staged, _ in left} - sweep(root)
    rows = session.exec(select(Document).where(col(Document.making).in_(dead))).all() if dead else []
    if rows:
        _settle(session, root, rows)
        session.commit()
    return len(rows)


def _finish(root: Path, staged: str, place: Path) -> None:
    """Move what a killed maker was about to: it was whole before it was on record, and what was committed with it, a letter's
    row, rests on it."""
    with abandoned(root, staged) as folder:
        if folder is not None and os.path.lexists(folder / place.name):
            # A place that cannot be reached is told by the record, which then has no such document.
            with suppress(OSError):
                make_folder(place.parent)
                _move(folder / place.name, place)


def _settle(session: Session, root: Path, rows: Collection[Document]) -> None:
    for name in sorted({row.path for row in rows}):
        _settle_one(session, root, name, [row for row in rows if row.path == name])
    session.flush()


def _settle_one(session: Session, root: Path, name: str, own: Collection[Document]) -> None:
    """own: the records of documents that were on their way to that place."""
    remove(beside(root / name))
    now_there = fingerprint(root / name)
    moved = now_there is not None and now_there not in {row.digest for row in named(session, name)}
    for row in own:
        if not moved and row.digest is None:
            session.delete(row)
            continue
        row.making = None
        if moved:
            row.digest, row.sent_at = now_there, None
        session.add(row)
    if moved:
        _drop_earlier(session, name, own)


def _drop_earlier(session: Session, name: str, own: Collection[Document]) -> None:
    """Delete the records of what lay at a place before."""
    for other in named(session, name):
        if other not in own and other.making is None:
            session.delete(other)
