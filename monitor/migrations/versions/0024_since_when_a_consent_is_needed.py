"""Since when a party asks for consents, and since when somebody is known to be a minor.

Retention counts from there where the consent never came. Of before it is not known: it counts from this upgrade on.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    with op.batch_alter_table("party") as table:
        table.add_column(sa.Column("consent_needed_at", sa.String(length=27), nullable=True))
    with op.batch_alter_table("subject") as table:
        table.add_column(sa.Column("minor_noted_at", sa.String(length=27), nullable=True))
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    op.execute(sa.text("UPDATE party SET consent_needed_at = :at WHERE consent_needed").bindparams(at=at))
    op.execute(sa.text("UPDATE subject SET minor_noted_at = :at WHERE minor_until IS NOT NULL").bindparams(at=at))
