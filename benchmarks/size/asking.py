"""A command line with words that fit a workspace."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from string import Formatter

from sqlalchemy import inspect, text
from sqlalchemy import select as sql_select
from sqlmodel import Session, SQLModel

from monitor.workspace import open_workspace
from registry.accounts import ApiToken
from registry.allowances import Allowance
from registry.contracts import CheckContract
from registry.invitations import Invitation
from registry.licences import Licence
from registry.mandates import Mandate
from registry.portrayals import Portrayal
from registry.references import Reference
from reports.outbox import WebhookEndpoint

_LAST: Mapping[str, type[SQLModel]] = {
    "token": ApiToken,
    "licence": Licence,
    "allowance": Allowance,
    "mandate": Mandate,
    "portrayal": Portrayal,
    "reference": Reference,
    "invitation": Invitation,
    "endpoint": WebhookEndpoint,
    "contract": CheckContract,
}


@dataclass(frozen=True)
class Asked:
    """words: as typed; what stands in braces is the row of that kind that was added last, see filled. changes: it can be asked
    once only, or changes what others find. codes: exit statuses that are right. written: a pattern of what it writes. needs: what
    is typed before it, untimed, unless that is asked as well."""

    words: str
    changes: bool = False
    codes: frozenset[int] = frozenset({0})
    written: str = ""
    needs: str = ""

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


def filled(ask: Asked, place: Path, beside: Mapping[str, str]) -> Asked:
    """The same with the folder, with ids and the last bundle in it, and with what lies beside it by these names, in place of what
    stands in braces."""
    wanted = {name for _, name, _, _ in Formatter().parse(ask.words) if name}
    if not wanted:
        return ask
    with open_workspace(place) as workspace, workspace.session() as session:
        found = {name: _last(session, _LAST[name]) for name in wanted & _LAST.keys()} | {"place": str(place), **beside}
    if "bundle" in wanted:
        found["bundle"] = str(max(place.glob("reports/*/case-*"), key=lambda path: path.stat().st_mtime))
    return replace(ask, words=ask.words.format_map(found))


def _last(session: Session, model: type[SQLModel]) -> str:
    table = inspect(model).local_table
    return session.execute(sql_select(table.c.id).order_by(text("rowid DESC")).limit(1)).scalar_one()
