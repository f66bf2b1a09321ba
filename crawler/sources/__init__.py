"""Places that are watched: each turns one fetched document into the videos it shows and the documents to read next."""
