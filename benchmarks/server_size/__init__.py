"""A union's workspace on a PostgreSQL server, with a trade body's many videos and matches."""
