"""One run: crawl, capture, scan, judge; each step finds its own earlier result, so that a run may end at any moment."""
