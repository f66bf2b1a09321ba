"""Work on what strangers made, in processes that can do nothing else."""
