"""Memory to fill: arrays, buffers and tensors, and the dtypes that fastinit supports."""
