"""What a file consists of: blocks of 16 MiB, and the bytes at their positions.

`blocks` divides a file into blocks and pieces. `block_stats` computes the checksum and the sums of
a block. `direct_io` writes and reads bytes at positions in a file.
"""
