"""Groups of subjects that are licensed together, who plays which character, and what else a licence can ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "subject_group",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("party_id", sa.String(), sa.ForeignKey("party.id"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.UniqueConstraint("party_id", "name"),
    )
    op.create_index("ix_subject_group_party_id", "subject_group", ["party_id"])
    op.create_table(
        "subject_group_member",
        sa.Column("group_id", sa.String(), sa.ForeignKey("subject_group.id"), primary_key=True),
        sa.Column("subject_id", sa.String(), sa.ForeignKey("subject.id"), primary_key=True),
    )
    op.create_index("ix_subject_group_member_subject_id", "subject_group_member", ["subject_id"])
    op.create_table(
        "portrayal",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("character_id", sa.String(), sa.ForeignKey("subject.id"), nullable=False),
        sa.Column("person_id", sa.String(), sa.ForeignKey("subject.id"), nullable=False),
        sa.Column("reference_id", sa.String(), nullable=True),
        sa.UniqueConstraint("character_id", "person_id", "reference_id"),
    )
    op.create_index("ix_portrayal_character_id", "portrayal", ["character_id"])
    op.create_index("ix_portrayal_person_id", "portrayal", ["person_id"])
    with op.batch_alter_table("licence") as table:
        table.alter_column("subject_id", nullable=True)
        table.add_column(sa.Column("group_id", sa.String(), nullable=True))
        table.add_column(sa.Column("generator", sa.String(), nullable=True))
        table.add_column(sa.Column("territory", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("project", sa.String(), nullable=True))
        table.create_foreign_key("fk_licence_group", "subject_group", ["group_id"], ["id"])
        table.create_index("ix_licence_group_id", ["group_id"])
        table.create_check_constraint("licence_of_subject_or_group", "(subject_id IS NULL) <> (group_id IS NULL)")
