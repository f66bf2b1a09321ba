"""The API for programs, under /v1."""
