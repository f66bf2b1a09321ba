"""Moments as programs give them."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _in_utc(moment: datetime) -> datetime:
    """UTC where no zone is given. Raises ValueError for what no calendar of ours has."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not EARLIEST <= aware < LATEST:
        raise ValueError("a moment lies between the years 1900 and 2200")
    return aware.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""An aware moment in UTC, in reach of every calendar."""
