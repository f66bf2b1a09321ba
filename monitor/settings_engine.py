"""The settings of what looks at media: this machine's processes, or a cluster's."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from monitor.engine.kinds import EngineKind
from monitor.settings_section import Section


class EngineSettings(Section):
    """kind: local, or ray for a cluster of Ray (docs/cluster.md). The others are for a cluster alone.

    address: HOST:PORT of the cluster, or auto for the one that runs on this machine. token_file: holds the cluster's token; Ray's
    own place where none is named. workers: how many look at a time; 0: one for each of the cluster's cores. vault, models: where
    the vault's folder and the packs lie on the cluster's machines; where they lie here if not given. patience_seconds: how long
    to wait while no machine of the cluster gets to work.
    """

    kind: EngineKind = EngineKind.LOCAL
    address: str = "auto"
    token_file: Path | None = None
    workers: Annotated[int, Field(ge=0, le=4096)] = 0
    vault: Path | None = None
    models: Path | None = None
    patience_seconds: Annotated[float, Field(gt=0)] = 600.0
