"""Whether a person lives, since when they do not, and where they live or lived: laws protect the living and the dead otherwise.

Of before it is not known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    life = sa.Enum("UNKNOWN", "LIVING", "DECEASED", name="life")
    with op.batch_alter_table("subject") as table:
        table.add_column(sa.Column("life", life, nullable=False, server_default="UNKNOWN"))
        table.add_column(sa.Column("died_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("domicile", sa.String(), nullable=False, server_default=""))
