"""Which engine looks at media: the one that the settings name, or a command."""

from dataclasses import replace

from monitor.engine.base import Engine
from monitor.engine.kinds import EngineKind
from monitor.workspace import Workspace
from registry.errors import SemblanceError


class EngineRefused(SemblanceError):
    """What was said of the engine does not fit together."""


def engine_of(workspace: Workspace) -> Engine:
    """The engine that the workspace's settings name. What each needs is imported for it alone."""
    settings = workspace.settings.engine
    if settings.kind is EngineKind.RAY:
        from monitor.engine.cluster import ClusterEngine
        from registry.vault.place import FolderPlace

        if settings.token_file is not None:
            settings = settings.model_copy(update={"token_file": workspace.root / settings.token_file})
        place = FolderPlace(settings.vault or workspace.root / "vault")
        return ClusterEngine(workspace.vault, place, workspace.settings.scan, settings)
    from monitor.engine.local import LocalEngine

    return LocalEngine(workspace.vault, workspace.settings.scan)


def with_engine(workspace: Workspace, kind: EngineKind | None, address: str | None) -> Workspace:
    """The workspace with another engine than its settings say, or with a cluster at another address; None leaves what they say.
    Raises EngineRefused."""
    said = {name: value for name, value in (("kind", kind), ("address", address)) if value is not None}
    engine = workspace.settings.engine.model_copy(update=said)
    if address is not None and engine.kind is not EngineKind.RAY:
        raise EngineRefused(
            "An address is given, and no cluster is to be used.", "Say that the engine is ray, or leave the address out."
        )
    return replace(workspace, settings=workspace.settings.model_copy(update={"engine": engine}))
