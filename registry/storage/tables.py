"""All tables there are, for whoever goes through every one of them: a command loads no more than it needs."""

from importlib import import_module

from sqlalchemy import Table
from sqlalchemy.orm import Mapper
from sqlmodel import SQLModel

_MODULES: list[str] = []


def come_with(module: str) -> None:
    """Importing that module loads tables; it is done when somebody asks for all."""
    if module not in _MODULES:
        _MODULES.append(module)


def all_tables() -> list[Table]:
    """Every table of the rooms that are there."""
    _load()
    return list(SQLModel.metadata.tables.values())


def all_mappers() -> list[Mapper[SQLModel]]:
    """What maps each of those tables, by the table's name."""
    _load()
    return sorted(SQLModel._sa_registry.mappers, key=lambda mapper: str(mapper.class_.__tablename__))


def _load() -> None:
    for module in _MODULES:
        import_module(module)
