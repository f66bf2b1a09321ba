"""How Alembic reaches the database: through the connection, and the transaction, of whoever asked for the upgrade."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from registry.db import UtcDateTime


def _frozen(kind: str, thing: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """Types as plain ones: a revision must mean the same when the code's own types have long changed."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.String(27)"
    return "sa.String()" if kind == "type" and isinstance(thing, AutoString) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=_frozen,
    compare_type=False,
)
context.run_migrations()
