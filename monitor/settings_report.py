"""The settings of reports: whose is made when none is named, and when they are made and sent by themselves."""

import datetime as clocks
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from monitor.settings_section import Section


class Weekday(StrEnum):
    """In the order of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class ReportTo(Section):
    """Whose report goes to whom. party: by its name or id; "" for the report of all parties. recipients: bare mail addresses;
    without any the report is made, and lies in its folder. monthly: whether there is one for each month as well."""

    party: str = ""
    recipients: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    monthly: bool = False


class ReportSettings(Section):
    """party: whose report is made when none is named. day, time, zone: when the report of the week before is made by itself, by
    the clock of that zone (IANA); time is HH:MM. folder: where, relative to the workspace; else each party's own. to: whose, and
    who is sent it; none makes none.
    """

    party: str = ""
    day: Weekday = Weekday.MONDAY
    time: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "07:00"
    zone: str = "UTC"
    folder: Path | None = None
    to: Annotated[tuple[ReportTo, ...], Field(max_length=200)] = ()

    @field_validator("zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"there is no time zone {zone!r}; write it as Europe/Berlin") from error
        return zone

    @model_validator(mode="after")
    def _named_once(self) -> "ReportSettings":
        if len({one.party for one in self.to}) < len(self.to):
            raise ValueError("one party is named twice")
        return self

    @property
    def at(self) -> clocks.time:
        """The time of day."""
        return clocks.time.fromisoformat(self.time)
