"""Schemes of embedding tables: from the lengths of a table to the distribution of its values.

Pure functions of the lengths: rows and dim. A table has the shape (rows, dim) in every framework,
so there is no layout. A hashed table has one row for each bucket. Requires: the lengths are not
negative. They may be 0 if the table has no elements.
"""

from __future__ import annotations

import math

from fastinit._support.checks import as_count, as_factor

from .distributions import Distribution, Normal, Uniform


def table_lengths(
    shape: tuple[int, ...], *, rows: int | None = None, dim: int | None = None
) -> tuple[int, int]:
    """Return the lengths of a table. Lengths that are given replace those of the shape."""
    given_rows = None if rows is None else as_count(rows, "rows")
    given_dim = None if dim is None else as_count(dim, "dim")
    if given_rows is not None and given_dim is not None:
        return given_rows, given_dim
    if len(shape) != 2:  # noqa: PLR2004 - rows and dim
        raise ValueError(
            f"the shape of a table must be (rows, dim), got {shape}; for another shape, give rows= "
            "and dim= of the whole table"
        )
    return given_rows or shape[0], given_dim or shape[1]


def embedding_uniform(rows: int, dim: int) -> Distribution:  # noqa: ARG001 - one signature for all
    """U[-1/sqrt(rows), 1/sqrt(rows)), for the embedding tables of recommenders.

    Source: DLRM (Naumov et al., arXiv 1906.00091), ``create_emb`` of ``dlrm_s_pytorch.py``; the
    default of TorchRec (``BaseEmbeddingConfig.get_weight_init_max``).
    """
    limit = math.sqrt(1.0 / max(1, rows))
    return Uniform(-limit, limit)


def embedding_normal(rows: int, dim: int, gain: float = 1.0) -> Distribution:  # noqa: ARG001
    """N(0, gain**2 / dim): a row has the length `gain`, on average.

    Source: the default of Flax (``default_embed_init``) and of fairseq (``Embedding``). T-Fixup
    (Huang et al., ICML 2020, section 3) uses it with the gain (9 layers)**(-1/4). TensorFlow's
    ``embedding_column`` truncates it.
    """
    return Normal(0.0, as_factor(gain, "gain") * math.sqrt(1.0 / max(1, dim)))
