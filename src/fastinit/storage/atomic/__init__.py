"""Files and directories that appear whole or not at all.

`atomic_file` and `atomic_directory` create them; `small_files` is for receipts and indices.
`resumable_file` and `journal` let a later run continue an interrupted file. `partial_names` names
what is incomplete, and `leftovers` finds what interrupted runs left. `disk_space` reserves space.
"""
