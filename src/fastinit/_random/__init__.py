"""Where words come from: seeds, streams and generators."""
