"""Fuzzing: every parser of outside data, fed with what nobody thought of. `make fuzz` runs it."""
