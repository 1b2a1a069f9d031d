"""Single files: save them, also by many processes or to an object store, and verify them.

`saving` writes a file on this machine, `saving_parts` one that several processes write, and
`saving_objects` an object in a store. `verifying` compares a file with its formulas or a receipt.
`making_receipts` makes the receipts of existing files.
"""
