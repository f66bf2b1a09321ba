"""What drives the steps of a run: on this machine, or on many."""
