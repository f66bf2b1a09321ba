"""Laws as data, one file each: what it asks for, what must have been considered, and whom and what it fits."""
