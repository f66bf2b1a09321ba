"""Whose a row is: the party that the rules of tenancy lead to. The audit log tells each party what was done to its own."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session as AnySession

from registry.tenancy import RULES, Question, Rule, ask, declare, first_column
from registry.tenancy.rules import All, Either, Of, Via


def _owner(rule: Rule | None) -> str | None:
    """The SQL for the party of a row, by its columns; None where no one party is meant."""
    if isinstance(rule, Of):
        return f'"{rule.column}"'
    if isinstance(rule, Via) and rule.key == "id":
        above = _owner(RULES.get(rule.table))
        return above and f'(SELECT {above} FROM main."{rule.table}" WHERE "id" = "{rule.column}")'  # noqa: S608
    if isinstance(rule, (All, Either)):
        return next((found for part in rule.rules if (found := _owner(part)) is not None), None)
    return None


def _led_to(rule: Rule) -> set[str]:
    """The tables by whose rows a rule finds the party: each is known by its id."""
    if isinstance(rule, (All, Either)):
        return {table for part in rule.rules for table in _led_to(part)}
    return {rule.table} if isinstance(rule, Via) and rule.key == "id" else set()


_LED_TO = {table for rule in RULES.values() for table in _led_to(rule)}
_OWNERS: Mapping[str, Question[list[str | None]]] = {
    table: declare(f'SELECT {owner} FROM main."{table}" WHERE "id" = :id', first_column)  # noqa: S608
    for table, rule in RULES.items()
    if table in _LED_TO and (owner := _owner(rule)) is not None
}


class Owners:
    """Finds out whose rows are; asks once for each row that others lead to."""

    def __init__(self, session: AnySession) -> None:
        self._session = session
        self._known: dict[tuple[str, Any], str | None] = {}

    def of(self, table: str, columns: Mapping[str, Any]) -> str | None:
        """The id of the party whose row that is; None for nobody's alone. columns: the row's, as they are loaded."""
        return self._of(RULES.get(table), columns)

    def _of(self, rule: Rule | None, columns: Mapping[str, Any]) -> str | None:
        if isinstance(rule, Of):
            return columns.get(rule.column)
        if isinstance(rule, Via) and rule.key == "id":
            return self._leading_to(rule.table, columns.get(rule.column))
        if isinstance(rule, (All, Either)):
            return next((found for part in rule.rules if (found := self._of(part, columns)) is not None), None)
        return None

    def _leading_to(self, table: str, key: Any) -> str | None:
        if key is None or table not in _OWNERS:
            return None
        if (table, key) not in self._known:
            self._known[table, key] = _first(ask(self._session, _OWNERS[table], {"id": key}))
        return self._known[table, key]


def _first(found: list[str | None]) -> str | None:
    return found[0] if found else None
