"""Members' numbers, how they are compared, and photos that were refused; erasures that nobody asked for.

What the retention policy erased before is told by its reason: those members may come back with a new consent. Of members of
earlier versions the number is not known until the next roster brings it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("member", sa.Column("number", sa.String(), nullable=False, server_default=""))
    op.add_column("member", sa.Column("loose_id", sa.String(), nullable=False, server_default=""))
    op.add_column("member", sa.Column("lapsed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_member_loose_id", "member", ["loose_id"])
    op.add_column("erasure", sa.Column("on_request", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute("UPDATE erasure SET on_request = 0 WHERE reason LIKE 'retention: %'")
    op.execute("UPDATE member SET lapsed = 1 WHERE erased_at IN (SELECT at FROM erasure WHERE on_request = 0)")
    op.create_table(
        "numbering",
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("numbers", sa.Enum("EXACTLY", "LOOSELY", name="numbers"), nullable=False),
        sa.Column("decided_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.PrimaryKeyConstraint("party_id"),
    )
    op.create_table(
        "refused_photo",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("photo", sa.String(), nullable=False),
        sa.Column("for_whom", sa.String(), nullable=False),
        sa.Column("shows", sa.String(), nullable=False),
        sa.Column("likeness", sa.Float(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("refused_at", sa.String(27), nullable=False),
        sa.Column("ground", sa.Enum("TWINS", "COMPARED", "CHANGED", "OTHER_WRONG", name="likenessground"), nullable=True),
        sa.Column("allowed_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("party_id", "photo", "for_whom", "shows"):
        op.create_index(f"ix_refused_photo_{column}", "refused_photo", [column])
