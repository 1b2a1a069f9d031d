"""Fills with a seed that the caller gives, ``seed=``, in place of one that a generator draws.

Promises: the values are those of the fastinit function with the same name, seed and stream, for a
tensor of any size. Nothing is drawn from a generator of PyTorch. A call that cannot keep this
promise raises an error before anything is written. Only the meta device has nothing to fill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import init as torch_init

from fastinit._memory.torch_tensors import why_not_fillable
from fastinit._random.streams import StreamSource
from fastinit._schemes.fills import normal_, trunc_normal_, uniform_
from fastinit._schemes.orthogonal import orthogonal_
from fastinit._schemes.scheme_functions import INITIALIZERS
from fastinit._schemes.sparse import sparse_

from .memory import is_plain
from .originals import PRIVATE_FUNCTIONS, is_intact
from .seeds import as_seed
from .threads import num_threads

if TYPE_CHECKING:
    from collections.abc import Callable

Seed = int | StreamSource
Stream = int | str


#: The in-place functions of fastinit, by name.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "uniform_": uniform_,
    "normal_": normal_,
    "trunc_normal_": trunc_normal_,
    "orthogonal_": orthogonal_,
    "sparse_": sparse_,
    **INITIALIZERS,
}


def fill_seeded(
    name: str,
    tensor: torch.Tensor,
    address: tuple[Seed | None, Stream | None],
    generator: torch.Generator | None,
    *parameters: Any,
    **options: Any,
) -> torch.Tensor:
    """Fill a tensor by a function of fastinit, and return it.

    Parameters
    ----------
    name : str
        The name of the function that was called, which fastinit has too.
    tensor : torch.Tensor
        The argument of the user, which may be anything.
    address : (seed, stream)
        The arguments of the user. At least one is not None.
    generator : torch.Generator, optional
        The argument of the user, which must be None.
    *parameters, **options
        Its arguments, without the memory and the address.

    Raises
    ------
    TypeError, ValueError
        If the arguments do not fit together, or fastinit refuses them or the tensor.
    RuntimeError
        If other code replaced the function of PyTorch, because the replacement takes no seed.
    """
    seed, stream = address
    if seed is None:
        raise TypeError(f"{name}() got stream= without seed=: give both, such as seed=0")
    if generator is not None:
        raise TypeError(
            f"{name}() got both seed= and generator=: give one of them. With seed=, nothing is "
            "drawn from a generator"
        )
    for each in (name, "calculate_gain", *PRIVATE_FUNCTIONS):
        if hasattr(torch_init, each) and not is_intact(each):
            raise RuntimeError(
                f"torch.nn.init.{each} is replaced by other code, such as that of a library which "
                f"keeps loaded weights, and the replacement takes no seed: call {name}() without "
                "seed= here, or use fastinit.torch.init_module"
            )
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"tensor must be a torch.Tensor, got {type(tensor).__name__}")
    number = seed if isinstance(seed, StreamSource) else as_seed(seed, " or a fastinit.Generator")
    memory = tensor.detach()  # may require grad; it has the same version counter
    if not is_plain(tensor, caught=True):
        reason = why_not_fillable(memory) or (
            f"a {type(tensor).__name__} inside a transform, the tracer or the compiler of PyTorch"
            if type(tensor) in (torch.Tensor, torch.nn.Parameter)
            else f"a {type(tensor).__name__}: fill the plain tensors that it consists of"
        )
        raise TypeError(f"{name}() with seed= cannot fill the tensor; it is {reason}")
    if not tensor.is_meta:  # a module under construction there has no values yet, as in PyTorch
        address_of_values = {"seed": number, "stream": stream, "threads": num_threads(None)}
        FUNCTIONS[name](memory, *parameters, **options, **address_of_values)
    return tensor
