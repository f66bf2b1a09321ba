"""Accounts and their tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    roles = sa.Enum("ADMIN", "REGISTRAR", "REVIEWER", "AUDITOR", name="role")
    op.create_table(
        "account",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("party_id", sa.String(), sa.ForeignKey("party.id"), nullable=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("role", roles, nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("disabled_at", sa.String(27), nullable=True),
    )
    op.create_index("ix_account_party_id", "account", ["party_id"])
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("account_id", sa.String(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False, unique=True),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("ends_at", sa.String(27), nullable=True),
        sa.Column("revoked_at", sa.String(27), nullable=True),
    )
    op.create_index("ix_api_token_account_id", "api_token", ["account_id"])
