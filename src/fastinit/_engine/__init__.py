"""One fill: the kernel's arguments, the regions of a tensor, and the threads."""
