"""Indexes that find the stored vectors nearest to a query."""
