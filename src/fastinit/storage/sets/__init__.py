"""Sets of shards with an index, in the layout of Hugging Face.

`shard_size` and `sharding` divide weights into shards. `saving_sets` writes a set, `verifying_sets`
compares it with its formulas.
"""
