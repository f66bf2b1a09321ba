"""A union's workspace of any size, without anybody's data, and what each command costs in it."""
