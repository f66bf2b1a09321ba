"""The engines there are, by the names that settings and commands use; nothing heavy is loaded for them."""

from enum import StrEnum


class EngineKind(StrEnum):
    """What looks at media: processes of this machine, or workers of a Ray cluster."""

    LOCAL = "local"
    RAY = "ray"
