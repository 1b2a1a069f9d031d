"""Receipts: short descriptions of what a file holds.

`receipt` has the classes, `format` checks a receipt that is read, and `staged_receipt` writes a
receipt before its file gets its name.
"""
