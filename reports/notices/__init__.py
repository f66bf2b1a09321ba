"""Notices: letters under one law each, made of a case."""
