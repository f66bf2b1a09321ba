"""Fetching what strangers host, behind the guard."""
