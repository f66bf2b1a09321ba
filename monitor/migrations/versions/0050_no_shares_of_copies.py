"""What was kept of copies to carry decisions by footage, and is read by nobody since none is carried so."""

from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    for column in ("of_whole", "inside", "of_inside"):
        op.drop_column("footage_copy", column)
