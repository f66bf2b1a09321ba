"""One media file and one gallery in, appearances and matches out; no database and no network."""
