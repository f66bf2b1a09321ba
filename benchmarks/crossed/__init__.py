"""Which parts of the pipeline for faces carry over from one set of data to another."""
