"""`init_tree`: the arrays of a whole model, each from its path in the tree.

Promises: the values of a leaf depend only on the seed, its name, its shape, its dtype and its
scheme. They are the values of a `fastinit.Weight` of that name. Each process makes only the parts
of its own devices. Every error is raised before an array is made, except for structured schemes,
which check their shapes when they fill; they are made first.
"""

# ruff: noqa: TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._random.streams import StreamSource, seed_of
from fastinit._schemes.choices import Scheme, needs_whole
from fastinit._schemes.patterns import by_pattern, choose, naming, undecided
from fastinit._support.extras import require

from .keys import WORDS_OF_SEED, address_of, is_tracing, words_of
from .leaf_values import part_of
from .leaves import leaves_of
from .placing import place
from .tree_shardings import shardings_of

if TYPE_CHECKING:
    from .leaf_values import Part
    from .leaves import Leaf

jax: Any = require("jax", "jax")


def init_tree(
    abstract_tree: Any,
    seed: int | StreamSource | Any,
    schemes: Mapping[str, Scheme] | Scheme,
    shardings: Any = None,
    *,
    prefix: str = "",
) -> Any:
    """Return a tree with arrays in place of its leaves, each from the stream of its name.

    The name of a leaf is its path, such as ``"params/Dense_0/kernel"``.

    Parameters
    ----------
    abstract_tree : tree
        The shapes and dtypes: what `jax.eval_shape` returns for a model, the variables of Flax
        linen (also with boxes such as `nn.Partitioned`), the state or module of Flax NNX, the
        parameters of Haiku, or a module of Equinox. Arrays are replaced too.
    seed : int, Generator or key
        An integer in [0, 2**64). If it is a `fastinit.Generator`, its seed is used. If it is a key
        of two words, such as ``jax.random.key(7)``, these are the seed.
    schemes : mapping of str to scheme, or one scheme for all leaves
        The keys are patterns of names, such as ``"*/kernel"``, as in `fnmatch`. The first pattern
        that matches a name decides. A scheme is

        - the name of a scheme of `fastinit.Weight`, such as ``"he_normal"``, or a distribution;
        - ``"orthogonal"``, ``"delta_orthogonal"``, ``"sparse"``, ``"eye"``, ``"identity"`` or
          ``"dirac"``;
        - a number, ``"zeros"`` or ``"ones"``: all elements get this value;
        - a dict with one of these names under ``"scheme"``, and the options of the scheme, such as
          ``{"scheme": "he_normal", "truncated": True, "batch_axis": 0}``;
        - None: leaves that match stay as they are.
    shardings : tree of Sharding, PartitionSpec or None, optional
        The sharding of each leaf. Its names are those of `abstract_tree`; boxes do not count. A
        sharding in place of a subtree applies to all leaves of the subtree. None keeps the sharding
        of the leaf. If the leaf has none, JAX chooses the place.
    prefix : str, default ""
        The path of `abstract_tree` in a larger tree. With it, a part gets the values that it has in
        the larger tree.

    Returns
    -------
    tree
        A tree of the same structure and boxes. Arrays have the shapes and dtypes of the leaves.

    Raises
    ------
    TypeError, ValueError
        If no pattern matches a leaf of floating-point numbers, a pattern has no effect, a scheme
        does not suit a shape or dtype, or a sharding does not suit the tree. The error names the
        leaf. It is raised before an array is made, with one exception: a structured scheme, such as
        ``"orthogonal"``, can refuse a shape after other structured schemes made theirs.

    Notes
    -----
    The values of a leaf are those of ``fastinit.Weight(shape, scheme, seed=seed, name=name,
    dtype=dtype)``, for any sharding, mesh and number of processes. Each device holds only its own
    part, and each process makes only the parts of its own devices. Structured schemes are the
    exception: each process makes the whole weight in its own memory, one weight at a time.

    Leaves that are not arrays of floating-point numbers stay as they are: integers, keys, None,
    functions. A pattern can give a number to integers and bools if it matches no other leaf.

    A scheme that depends on fans uses the axes of the library: in modules of Equinox the outputs
    come first, and elsewhere the inputs. `docs/jax.md` has all rules. The options ``layout``,
    ``in_axis``, ``out_axis``, ``batch_axis``, ``fan_in`` and ``fan_out`` in a dict override them.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> def init(key):
    ...     return {"dense": {"kernel": jax.random.normal(key, (4, 3)), "bias": jnp.zeros(3)}}
    >>> tree = jax.eval_shape(init, jax.random.key(0))
    >>> params = fastinit.jax.init_tree(tree, 7, {"*/kernel": "he_normal", "*/bias": "zeros"})
    >>> params["dense"]["kernel"].shape
    (4, 3)
    """
    if is_tracing():
        raise TypeError(
            "init_tree makes arrays now, but JAX traces the function that calls it (jit, vmap, "
            "eval_shape, ...): call it outside, or use fastinit.jax.initializers inside"
        )
    if not isinstance(prefix, str):
        raise TypeError(f"prefix must be a string, got {type(prefix).__name__}")
    number = _as_seed(seed)
    patterns = by_pattern(schemes)
    leaves = leaves_of(abstract_tree, prefix)
    named = _by_name(leaves)
    chosen = choose(
        patterns,
        [name for name, leaf in named.items() if leaf.is_float],
        others=[name for name, leaf in named.items() if not leaf.is_float],
        kind="leaf",
    )
    if rest := [name for name, leaf in named.items() if leaf.is_float and name not in chosen]:

        def described(name: str) -> str:
            leaf = named[name].value
            return f"{leaf.dtype} of shape {tuple(leaf.shape)}"

        raise ValueError(undecided(rest, described, "leaf", "leaves"))
    made = [name for name, scheme in chosen.items() if scheme is not None]
    shapes = {leaf.path: tuple(leaf.value.shape) for leaf in named.values()}
    parts: dict[str, Part] = {}  # a structured one keeps the whole weight until it is placed
    for name in made:
        with naming("leaf", name):
            parts[name] = part_of(named[name], chosen[name], number, shapes)
    wanted = [named[name] for name in made]
    placed = dict(zip(made, shardings_of(leaves, wanted, shardings, prefix), strict=True))
    arrays: dict[tuple[str, ...], Any] = {}
    # Structured schemes check the shape only when they fill, so their arrays are made first.
    for name in sorted(made, key=lambda name: not needs_whole(chosen[name])):
        leaf = named[name]
        with naming("leaf", name):
            arrays[leaf.path] = place(leaf.value.shape, parts.pop(name), placed[name])
    structure = jax.tree_util.tree_structure(abstract_tree)
    return jax.tree_util.tree_unflatten(
        structure, [arrays.get(leaf.path, leaf.value) for leaf in leaves]
    )


def _as_seed(seed: Any) -> int:
    """Return the seed: an integer, that of a generator, or the words of a key."""
    dtype = getattr(seed, "dtype", None)
    is_key = dtype is not None and jax.dtypes.issubdtype(dtype, jax.dtypes.prng_key)
    if not is_key and getattr(seed, "ndim", 0) == 0:
        return seed_of(seed)
    words = np.asarray(words_of(seed))
    if len(words) != WORDS_OF_SEED:
        raise ValueError(
            f"the key has {len(words)} words, but a seed has two: give an integer or a threefry key"
        )
    return address_of(words)[0]


def _by_name(leaves: list[Leaf]) -> dict[str, Leaf]:
    """Return the leaves that are arrays by their names, or raise if a name does not tell one."""
    named: dict[str, Leaf] = {}
    for leaf in leaves:
        if not leaf.is_array:
            continue
        if not leaf.path:
            raise ValueError("the tree is a single array, which has no name: give prefix=")
        if leaf.name in named:
            raise ValueError(
                f"two leaves have the name {leaf.name!r}, and would get the same values: rename one"
            )
        named[leaf.name] = leaf
    return named
