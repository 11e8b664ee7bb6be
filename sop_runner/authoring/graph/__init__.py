"""A procedure as a picture: nodes in the order of the file, arrows between them, sections and calls as boxes."""
