"""Mandates say whose they are, what they cover, where, on what terms and how verified; parties whether consent is needed.

What a mandate did not say before, it covers; that it was verified by reading is what the first release asked for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("mandate") as table:
        table.add_column(sa.Column("party_id", sa.String(), nullable=False, server_default=""))
        basis = sa.Enum("AUTHORITY", "CONSENT", "OWN", name="basis")
        table.add_column(sa.Column("basis", basis, nullable=False, server_default="AUTHORITY"))
        table.add_column(sa.Column("scope", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("territory", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("compensation", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("how", sa.String(), nullable=False, server_default="read the document"))
        table.alter_column("subject_id", nullable=True)
        table.create_foreign_key("fk_mandate_party", "party", ["party_id"], ["id"])
        table.create_index("ix_mandate_party_id", ["party_id"])
    op.execute("UPDATE mandate SET party_id = (SELECT s.party_id FROM subject s WHERE s.id = mandate.subject_id)")
    with op.batch_alter_table("party") as table:
        table.add_column(sa.Column("consent_needed", sa.Boolean(), nullable=False, server_default="0"))
