"""Ways to write what is another party's, or what the audit log does not have."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, select
from sqlalchemy.orm import (
    Session as AnySession,
)
from sqlalchemy.orm.attributes import flag_modified

from registry.accounts import Account
from registry.kinds import Role, SubjectKind
from registry.licences import Licence
from registry.parties import Party
from registry.references import Reference
from registry.subjects import Subject
from tests.support.tenancy.two_parties import AT, CLASSES
from tests.support.tenancy.ways import WRITES, Known, detached, raw_of, writes


@writes("a detached row changed")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("subject", known, name="x", name_key="x"), load=False)
    row.name = "taken"


@writes("a foreign subject made one's own")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("subject", known, name="Beta x", party_id=known["party"]), load=False)
    row.party_id = known.own["party"]


@writes("a foreign subject made one's own, as a whole row")
def _(session: Any, known: Known) -> Any:
    row = detached("subject", known)
    for name, value in {"party_id": known.own["party"], "name": "mine", "kind": SubjectKind.PERSON, "created_at": AT}.items():
        setattr(row, name, value)
    session.add(row)


@writes("a party moved under one's own")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("party", known, name="x", parent_id=None), load=False)
    row.parent_id = known.own["party"]


@writes("one's own party moved away")
def _(session: Any, known: Known) -> Any:
    session.get(Party, known.own["party"]).parent_id = known["party"]


@writes("a foreign reference on one's own subject")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("reference", known, subject_id="x"), load=False)
    row.subject_id = known.own["subject"]


@writes("a foreign match on one's own subject")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("match", known, subject_id="x"), load=False)
    row.subject_id = known.own["subject"]


@writes("a foreign licence ended")
def _(session: Any, known: Known) -> Any:
    session.merge(detached("licence", known, revoked_at=None), load=False).revoked_at = AT


@writes("a foreign account's password")
def _(session: Any, known: Known) -> Any:
    session.merge(detached("account", known, password_hash="x"), load=False).password_hash = "y"


@writes("a foreign account's role and party")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("account", known, party_id="x"), load=False)
    row.party_id, row.role = known.own["party"], Role.ADMIN


@writes("a JSON column of a foreign row")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("licence", known, territory=["US"]), load=False)
    row.territory.append("DE")
    flag_modified(row, "territory")


@writes("a match in a capture that is Beta's")
def _(session: Any, known: Known) -> Any:
    own = session.get(CLASSES["match"], "Alpha match")
    session.add(type(own)(**{**own.model_dump(), "id": "spy", "capture_id": "c-beta"}))
    session.flush()
    return list(session.execute(select(CLASSES["custody_entry"])).scalars())


@writes("an entry in the chain of custody")
def _(session: Any, known: Known) -> Any:
    from crawler.custody import append

    append(session, "spy", "exported", "c-beta", {}, AT)


@writes("an audit entry in another's name")
def _(session: Any, known: Known) -> Any:
    fields = {"at": AT, "who": "Beta clerk", "party_id": known["party"], "why": "", "action": "add", "table_name": "subject"}
    session.add(CLASSES["audit_entry"](seq=10_000, previous="0", digest="0", **fields))


@writes("a licence for a foreign group")
def _(session: Any, known: Known) -> Any:
    session.add(Licence(group_id=known["subject_group"], licensee="spy", territory=[], starts_at=AT))


@writes("one's own licence for a foreign group")
def _(session: Any, known: Known) -> Any:
    for row in session.execute(select(Licence).where(Licence.group_id.is_not(None))).scalars():  # type: ignore[union-attr]
        row.group_id = known["subject_group"]


@writes("a foreign subject in one's own group")
def _(session: Any, known: Known) -> Any:
    session.add(CLASSES["subject_group_member"](group_id=known.own["subject_group"], subject_id=known["subject"]))


@writes("a token for a foreign account")
def _(session: Any, known: Known) -> Any:
    session.add(CLASSES["api_token"](account_id=known["account"], label="spy", secret_hash="0"))


@writes("a row with a foreign key of its own")
def _(session: Any, known: Known) -> Any:
    session.add(Subject(id=known["subject"], party_id=known.own["party"], name="mine", kind=SubjectKind.PERSON))


for _table in (
    "subject",
    "reference",
    "template",
    "licence",
    "mandate",
    "match",
    "notice",
    "document",
    "account",
    "party",
    "member",
):

    def _deleted(session: Any, known: Known, table: str = _table) -> Any:
        row = detached(table, known)
        session.add(row)
        session.delete(row)

    WRITES[f"a detached row deleted: {_table}"] = _deleted

    def _deleted_by_statement(session: Any, known: Known, table: str = _table) -> Any:
        model = CLASSES[table]
        session.execute(sa.delete(model).where(model.__mapper__.primary_key[0] == known[table]))  # type: ignore[attr-defined]

    WRITES[f"a delete statement: {_table}"] = _deleted_by_statement


@writes("a release that commits")
def _(session: Any, known: Known) -> Any:
    raw = raw_of(session)
    raw.rollback()
    for sql in ("SAVEPOINT sa_savepoint_1", "UPDATE subject SET name = 'unlogged'", "RELEASE SAVEPOINT sa_savepoint_1"):
        raw.execute(sql)


@writes("a commit past the log")
def _(session: Any, known: Known) -> Any:
    raw = raw_of(session)
    raw.execute("UPDATE subject SET name = 'unlogged' WHERE id = ?", (known.own["subject"],))
    raw.commit()


@writes("a write without a transaction")
def _(session: Any, known: Known) -> Any:
    raw = raw_of(session)
    raw.isolation_level = None
    raw.execute("UPDATE subject SET name = 'unlogged' WHERE id = ?", (known.own["subject"],))


@writes("a write in autocommit")
def _(session: Any, known: Known) -> Any:
    with session.get_bind().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("UPDATE subject SET name = 'unlogged'")


@writes("a write in a flush")
def _(session: Any, known: Known) -> Any:
    def aside(_mapper: Any, connection: Any, row: Any) -> None:
        connection.exec_driver_sql("UPDATE subject SET name = 'unlogged' WHERE id <> ?", (row.id,))

    event.listen(Subject, "after_insert", aside)
    try:
        session.add(Subject(party_id=known.own["party"], name="Alpha new", kind=SubjectKind.PERSON))
        session.flush()
        session.commit()
    finally:
        event.remove(Subject, "after_insert", aside)


@writes("many rows at once")
def _(session: Any, known: Known) -> Any:
    planted = {"id": "spy", "party_id": known["party"], "name": "spy", "kind": SubjectKind.PERSON}
    AnySession.bulk_insert_mappings(session, Subject.__mapper__, [planted])  # type: ignore[attr-defined]


@writes("many rows at once, changed")
def _(session: Any, known: Known) -> Any:
    changed = {"id": known["subject"], "name": "taken"}
    AnySession.bulk_update_mappings(session, Subject.__mapper__, [changed])  # type: ignore[attr-defined]


@writes("a plain session of the bind")
def _(session: Any, known: Known) -> Any:
    with AnySession(session.get_bind()) as other:
        other.add(Subject(party_id=known["party"], name="spy", kind=SubjectKind.PERSON))
        other.commit()


@writes("a plain session's delete")
def _(session: Any, known: Known) -> Any:
    with AnySession(session.get_bind()) as other:
        for row in other.execute(select(Reference)).scalars():
            other.delete(row)
        other.execute(sa.delete(Account).where(Account.name == "Beta clerk"))
        other.commit()
