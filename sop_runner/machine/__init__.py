"""A procedure as a graph, compiled to one `transitions` machine; the only importer of that engine."""
