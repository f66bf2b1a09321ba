"""The schema of the first release, which had no revisions yet: a database without one is of this revision."""

from monitor.migrations.first import crawler, registry, reports

revision = "0001"
down_revision = None


def upgrade() -> None:
    for room in (registry, crawler, reports):
        room.create()
