"""The sound of protected clips, found again: the same recording, and no likeness of one."""
