"""Everything out of the graph: the archive it can be made again from, and what other programs read."""
