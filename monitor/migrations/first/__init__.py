"""The schema of the first release, which revision 0001 makes; it stays as it was."""
