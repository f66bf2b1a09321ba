"""The settings of logs."""

from enum import StrEnum

from monitor.settings_section import Section


class LogFormat(StrEnum):
    """plain: as Python's own logging writes. json: a line of JSON for each event, which names nobody (monitor.logs)."""

    PLAIN = "plain"
    JSON = "json"


class LogLevel(StrEnum):
    """From which weight on events are logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogSettings(Section):
    """What goes to the standard error of a command or of the server. level: of JSON alone."""

    format: LogFormat = LogFormat.PLAIN
    level: LogLevel = LogLevel.INFO
