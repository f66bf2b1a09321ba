"""Links by which members enrol themselves, and what they sent by them."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    _create_invitation()
    _create_invited_photo()
    with op.batch_alter_table("party", schema=None) as batch_op:
        batch_op.add_column(sa.Column("accept_at_once", sa.Boolean(), server_default="0", nullable=False))


def _create_invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("stage", sa.Enum("OPEN", "SENT", "ACCEPTED", "REFUSED", "WITHDRAWN", name="stage"), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("until", sa.String(27), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("release_version", sa.String(), nullable=False),
        sa.Column("consent_sha256", sa.String(), nullable=True),
        sa.Column("consented_at", sa.String(27), nullable=True),
        sa.Column("signed", sa.String(), nullable=False),
        sa.Column("guardian", sa.String(), nullable=False),
        sa.Column("born", sa.Date(), nullable=True),
        sa.Column("sent_at", sa.String(27), nullable=True),
        sa.Column("decided_at", sa.String(27), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret"),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_party_id"), ["party_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitation_subject_id"), ["subject_id"], unique=False)


def _create_invited_photo() -> None:
    op.create_table(
        "invited_photo",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("invitation_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("says", sa.JSON(), nullable=False),
        sa.Column("sent_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("invited_photo", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invited_photo_invitation_id"), ["invitation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invited_photo_sha256"), ["sha256"], unique=False)
