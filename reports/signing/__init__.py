"""What vouches for evidence from outside: timestamps of authorities that owe nothing to whoever captured."""
