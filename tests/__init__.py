"""The tests, in a folder for each layer or adapter; `support` has what they share.

`programs` has what runs for longer, by ``python -m tests.programs.NAME`` in the root.
"""
