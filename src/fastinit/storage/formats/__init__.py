"""Formats of single files: headers, positions of tensors, and formulas.

`npy` and `safetensors` write and read the headers of a format. `headers` reads the header of any
file. `layout` chooses the position of each weight in a file.
"""
