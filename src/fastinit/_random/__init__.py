"""Seeds, streams and generators: they select the random words."""
