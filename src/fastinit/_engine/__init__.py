"""One fill: kernel arguments, regions of a tensor, and threads."""
