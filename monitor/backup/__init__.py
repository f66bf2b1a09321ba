"""Backups of a workspace: a consistent copy while work goes on, and a workspace made of one again."""
