"""What Python loads first in processes that tests start while workspaces live on servers: this folder is in their PYTHONPATH."""

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

NAME = "monitor.settings"


class OnceLoaded(MetaPathFinder):
    """Lets the settings be loaded by whoever loads them, and then adds what the servers do."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != NAME:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def loaded(module: ModuleType) -> None:
            from tests.support.on_servers.given import put_into

            load(module)
            put_into(module)

        spec.loader.exec_module = loaded  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, OnceLoaded())
