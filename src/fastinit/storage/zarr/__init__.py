"""Zarr arrays: `arrays` saves and verifies them.

`metadata` reads and writes ``zarr.json``, `chunks` the files of the chunks, and `grid` has the
arithmetic of chunks and shards.
"""
