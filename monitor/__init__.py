"""Runs it: settings, wiring, pipeline, command line and demo."""
