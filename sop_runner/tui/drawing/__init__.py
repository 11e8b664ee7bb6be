"""From views to rows and paragraphs: pure, so that every sentence on the screen can be tested as data."""
