"""Whose rows are whose: the one place that says which rows a party sees, and which tables a role writes to.

The rules are conditions in SQL, so that a database can hold by them itself: registry.tenancy.wall makes SQLite's views of them,
registry.tenancy.postgres_plan those of PostgreSQL and, behind them, policies of row-level security. A table that RULES does not
name gives an account no rows and takes none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from registry.kinds import Role

NEVER = "1 = 0"
"""The condition that no row meets."""


class Sight(Protocol):
    """What a rule may refer to, as the database calls it."""

    @property
    def apart(self) -> str:
        """What ends a subquery about the row at hand that the database is to ask for that row, and not to join with the rest."""

    def own(self, column: str, *, sought: bool) -> str:
        """The condition that a column names one of the parties whose rows are seen. sought: see Of."""

    def rows(self, table: str) -> str | None:
        """The relation with the rows of that table that are seen; None where there is no such table."""


class Rule(Protocol):
    """Which rows of a table an account sees, as a condition in SQL."""

    def condition(self, sight: Sight) -> str | None:
        """The condition, over the columns of a row, under which it is seen; None when everybody sees all."""


@dataclass(frozen=True)
class Of:
    """Rows of a party, by the column with its id. sought: whether they are found by that column's index; otherwise by what a
    statement asks for, as if all were seen, and the party of each that is found is looked at."""

    column: str
    sought: bool = False

    def condition(self, sight: Sight) -> str:
        return sight.own(self.column, sought=self.sought)


@dataclass(frozen=True)
class Via:
    """Rows that name, in a column, a row of another table that is seen."""

    column: str
    table: str
    key: str = "id"

    def condition(self, sight: Sight) -> str:
        rows = sight.rows(self.table)
        if rows is None:
            return NEVER
        # Row by row, by the other table's key: by IN the whole of it would be read for each statement. Its one column is called
        # as no other is, so that the row's own is meant.
        return (
            f'EXISTS (SELECT 1 FROM (SELECT "{self.key}" AS "seen key" FROM {rows}) AS seen WHERE "seen key" = "{self.column}"'
            f"{sight.apart})"
        )


@dataclass(frozen=True)
class Empty:
    """Rows in which a column is empty."""

    column: str

    def condition(self, _sight: Sight) -> str:
        return f'"{self.column}" IS NULL'


@dataclass(frozen=True)
class Within:
    """Rows whose JSON document names, under a key, nothing or a row of another table that is seen."""

    column: str
    name: str
    table: str

    def condition(self, sight: Sight) -> str:
        rows, named = sight.rows(self.table), f"json_extract(\"{self.column}\", '$.{self.name}')"
        return f"({named} IS NULL" + (")" if rows is None else f" OR {named} IN (SELECT id FROM {rows}))")


@dataclass(frozen=True)
class All:
    """Rows to which each of the rules applies."""

    rules: tuple[Rule, ...]

    def condition(self, sight: Sight) -> str:
        return _joined(" AND ", self.rules, sight)


@dataclass(frozen=True)
class Either:
    """Rows to which one of the rules applies, or more."""

    rules: tuple[Rule, ...]

    def condition(self, sight: Sight) -> str:
        return _joined(" OR ", self.rules, sight)


def _joined(word: str, rules: tuple[Rule, ...], sight: Sight) -> str:
    return f"({word.join(condition for rule in rules if (condition := rule.condition(sight)) is not None)})"


@dataclass(frozen=True)
class Public:
    """What was seen of the public web, where it was looked for, and when something was last done for all: no party's own."""

    def condition(self, _sight: Sight) -> None:
        return None


@dataclass(frozen=True)
class Nobody:
    """What no account sees and none writes: it joins rows of several parties, or is the workspace's own."""

    def condition(self, _sight: Sight) -> str:
        return NEVER


_SUBJECT = Via("subject_id", "subject")
_PARTY_AND_SUBJECT = All((Of("party_id"), Either((Empty("subject_id"), _SUBJECT))))

RULES: Mapping[str, Rule] = {
    "party": Of("id"),
    "account": Of("party_id"),
    "api_token": Via("account_id", "account"),
    "sign_in": Via("account_id", "account"),
    "check_contract": Via("account_id", "account"),
    "check_use": Via("account_id", "account"),
    "signed_in": Via("account_id", "account"),
    # Who must have a second factor is known in the party; the factors are what somebody proves to be somebody by.
    "factor_rule": Of("party_id"),
    "totp": Nobody(),
    "recovery_code": Nobody(),
    "passkey": Nobody(),
    "half_done": Nobody(),
    "linked_subject": Nobody(),
    "account_news": Via("account_id", "account"),
    "audit_entry": Either((Of("party_id", sought=True), Of("concerns", sought=True))),
    "subject": Of("party_id"),
    "subject_group": Of("party_id"),
    "subject_group_member": All((Via("group_id", "subject_group"), _SUBJECT)),
    "portrayal": All((Via("character_id", "subject"), Via("person_id", "subject"))),
    "reference": _SUBJECT,
    "template": Via("reference_id", "reference"),
    "mandate": _PARTY_AND_SUBJECT,
    "allowance": _PARTY_AND_SUBJECT,
    "licence": Either((_SUBJECT, Via("group_id", "subject_group"))),
    "legal_basis": _SUBJECT,
    "release": Of("party_id"),
    "listing": Of("party_id"),
    "member": _PARTY_AND_SUBJECT,
    "numbering": Of("party_id"),
    "invitation": _PARTY_AND_SUBJECT,
    "invited_photo": Via("invitation_id", "invitation"),
    "intake": Of("party_id"),
    "intake_row": All((Via("intake_id", "intake"), _SUBJECT)),
    "refused_photo": Of("party_id"),
    "document": _SUBJECT,
    "erasure": _SUBJECT,
    "match": _SUBJECT,
    "review": Via("match_id", "match"),
    "second_review": Via("match_id", "match"),
    "lease": Via("match_id", "match"),
    "footage_copy": All((Via("match_id", "match"), Via("of_id", "match"))),
    # How a video is known again is nobody's, and with whose it was compared is not told.
    "footage_descriptor": Nobody(),
    "compared_footage": Nobody(),
    "case_file": Of("party_id"),
    "case_match": All((Via("case_id", "case_file"), Via("match_id", "match"))),
    "notice": Via("case_id", "case_file"),
    "notice_event": Via("notice_id", "notice"),
    "absence_stamp": Via("event_id", "notice_event"),
    "webhook_endpoint": Of("party_id"),
    "webhook_message": Via("endpoint_id", "webhook_endpoint"),
    # A capture may show subjects of several parties; what was done for the case of one is not told to the others.
    "custody_entry": All((Via("capture_id", "match", "capture_id"), Within("detail", "case_id", "case_file"))),
    # Who shares an identity with whom; a party is told of its own by registry.identities.
    "shared_identity": Nobody(),
    "identity_decision": Nobody(),
    "compared_subject": Nobody(),
    "blinding_secret": Nobody(),
    # What programs were answered: by keys that they chose themselves (registry.answers).
    "stored_answer": Nobody(),
    "source": Public(),
    "source_run": Public(),
    "video": Public(),
    "sighting": Public(),
    "statement": Public(),
    "look": Public(),
    "capture": Public(),
    "label": Public(),
    "timestamp": Public(),
    "seal_timestamp": Of("party_id"),
    # Reports are sent, and work is done, for whoever runs the machine.
    "report_posting": Nobody(),
    "claim": Nobody(),
    "scan": Public(),
    "looked_for": _SUBJECT,
    "licences_applied": Public(),
}

NEWLY: Mapping[str, tuple[Of | Via, ...]] = {
    # A party that is added, or moved, stands under one of the account's own.
    "party": (Of("parent_id"),),
    # Whoever has a match in a capture sees who handled it: an account makes none in a capture in which it has none.
    "match": (Via("capture_id", "match", "capture_id"), Via("licence_id", "licence"), Via("allowance_id", "allowance")),
    "portrayal": (Via("reference_id", "reference"),),
    "review": (Via("follows", "review"),),
    "second_review": (Via("review_id", "review"), Of("party_id")),
}
"""What a column must name besides, unless it is empty, when an account adds the row or changes that column."""

SIGNED: Mapping[str, tuple[str, ...]] = {
    "review": ("reviewer",),
    "second_review": ("reviewer",),
    "notice": ("drafted_by", "approved_by"),
    "notice_event": ("by",),
    "allowance": ("allowed_by",),
    "footage_copy": ("parted_by",),
}
"""Columns with the name of whoever decides: an account writes its own there."""

ENTERED: Mapping[str, tuple[str, ...]] = {
    "mandate": ("verified_by",),
    "notice": ("fair_use_by", "licences_by", "law_confirmed_by"),
}
"""Columns with the name of somebody who looked at something, which an account may enter for another, and then says so."""

COPIED: Mapping[str, str] = {"review": "follows"}
"""The column that names the row of which another is a copy, with the name that stands there."""

_OWN_PLACE = 'row_number() OVER (ORDER BY "seq")'
_NO_NUMBERS = (
    "CASE WHEN \"table_name\" IN ('custody_entry', 'review') THEN "
    '(SELECT json_group_array(value) FROM json_each("row_ids") WHERE length(value) > 12) ELSE "row_ids" END'
)
SHOWN_AS: Mapping[str, Mapping[str, str]] = {
    "audit_entry": {"seq": _OWN_PLACE, "row_ids": _NO_NUMBERS, "salt": "NULL", "previous": "''"},
    "custody_entry": {"seq": _OWN_PLACE, "previous": "''"},
}
"""What a party's account sees in place of a column that would count the rows of others: of an entry its place among those that
the account sees. The digests stay, by which each is known in the whole chain."""

_REGISTRAR = frozenset(
    {
        *("subject", "subject_group", "subject_group_member", "portrayal", "reference", "template", "mandate", "licence"),
        *(
            "member",
            "document",
            "erasure",
            "match",
            "case_match",
            "notice",
            "notice_event",
            "absence_stamp",
            "allowance",
            "looked_for",
        ),
        *("legal_basis", "release", "listing", "numbering", "refused_photo", "intake", "intake_row"),
        *("invitation", "invited_photo"),
    }
)
_REVIEWER = frozenset(
    {
        "match",
        "review",
        "second_review",
        "footage_copy",
        "case_file",
        "case_match",
        "notice",
        "notice_event",
        "document",
        "seal_timestamp",
    }
)

MAY_WRITE: Mapping[Role, frozenset[str]] = {
    Role.ADMIN: _REGISTRAR | _REVIEWER | {"party", "account", "api_token", "webhook_endpoint"},
    Role.REGISTRAR: _REGISTRAR,
    Role.REVIEWER: _REVIEWER,
    Role.AUDITOR: frozenset(),
}
"""The tables that a role may write to. Licences and erasure change matches, which is why registrars may. The chain of custody and
the audit log are written by their own modules alone, for accounts as well."""
