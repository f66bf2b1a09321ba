"""A weekly or monthly report's figures as JSON, for programs."""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, datetime
from typing import Any

from registry.views import as_fields
from reports.weekly_figures import WeeklyFigures, definitions, in_unit


def weekly_json(figures: WeeklyFigures) -> bytes:
    """All that the report states as figures, in ASCII, so that no reader shows a text in another order than it stands in.

    Moments are ISO 8601 in UTC; what is not known is null. What weeks are called "week" in is called "month" of months.
    """
    said = {in_unit(key, figures.unit): value for key, value in as_values(figures).items()}
    for kept in ("weeks", "looked_weeks"):
        rows = said[in_unit(kept, figures.unit)]
        rows[:] = [{in_unit(key, figures.unit): value for key, value in row.items()} for row in rows]
    if figures.agreement is None:
        del said["agreement"]
    said["definitions"] = definitions(figures.unit)
    return (json.dumps(said, indent=1) + "\n").encode("ascii")


def as_values(value: Any) -> Any:
    """The value as JSON can hold it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {key: as_values(item) for key, item in as_fields(value).items()}
    if isinstance(value, Mapping):
        return {key: as_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_values(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value
