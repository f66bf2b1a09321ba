"""Promises that the database keeps by itself; see registry.triggers."""

from registry.triggers import forbid as forbid
