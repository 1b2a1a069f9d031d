"""The singular vectors of spectral normalisation, buffers that are computed from the weight.

Promises: both kinds of `spectral_norm` in PyTorch get vectors that fit the current weight. The
iteration starts from normal numbers, from the streams of the names of the vectors. PyTorch computes
the matrix products, so the last bits may depend on the machine.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from fastinit._schemes.distributions import Normal
from fastinit.weight import Weight

from .memory import DTYPES, is_dtensor, numpy_dtype, raw_memory
from .slots import is_instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .slots import Slot

#: The number in the constructor of ``torch.nn.utils.parametrizations.spectral_norm``.
POWER_ITERATIONS = 15


class SpectralNorm(NamedTuple):
    """The two vectors of a spectral normalisation, and its weight.

    Parameters
    ----------
    left, right : Slot
        The buffers ``u`` and ``v``.
    matrix : callable
        Returns the weight as a matrix.
    """

    left: Slot
    right: Slot
    matrix: Callable[[], torch.Tensor]

    @property
    def by(self) -> str:
        """What sets the buffers, for a report."""
        return "power iteration"

    def carry_out(self, seed: int) -> None:
        """Compute both vectors from the current weight."""
        with torch.no_grad():
            matrix = self.matrix().cpu().double()
            left, right = (_normal_numbers(slot, seed) for slot in (self.left, self.right))
            for _ in range(POWER_ITERATIONS):
                left = torch.nn.functional.normalize(matrix @ right, dim=0)
                right = torch.nn.functional.normalize(matrix.T @ left, dim=0)
            self.left.tensor.copy_(left)
            self.right.tensor.copy_(right)


def spectral_norms(slots: Iterable[Slot]) -> list[SpectralNorm]:
    """Return the spectral normalisations to which some buffers belong."""
    by_place = {(id(slot.owners[0]), slot.key): slot for slot in slots}
    found = []
    for (owner, key), slot in by_place.items():
        for left, right, weight, matrix in _kinds(slot):
            other = by_place.get((owner, right))
            if key == left and other is not None and _is_ours(weight):
                found.append(SpectralNorm(slot, other, matrix))
    return found


def _is_ours(weight: torch.Tensor) -> bool:
    return not weight.is_meta and weight.dtype in DTYPES and not is_dtensor(weight)


def _kinds(slot: Slot) -> Iterable[tuple[str, str, torch.Tensor, Callable[[], torch.Tensor]]]:
    """Yield the names of both vectors, the weight, and a function that returns its matrix."""
    owner: Any = slot.owners[0]
    if is_instance(owner, "torch.nn.utils.parametrizations._SpectralNorm"):
        steps: Any = slot.owners[1]  # the ParametrizationList
        yield "_u", "_v", steps.original, partial(_matrix_at, owner, steps)
    for hook in owner._forward_pre_hooks.values():  # noqa: SLF001
        if type(hook).__module__ == "torch.nn.utils.spectral_norm":
            weight = getattr(owner, f"{hook.name}_orig")
            matrix = partial(hook.reshape_weight_to_matrix, weight)
            yield f"{hook.name}_u", f"{hook.name}_v", weight, matrix


def _matrix_at(owner: Any, steps: Any) -> torch.Tensor:
    """Return the input of one of several parametrizations, as a matrix."""
    weight = steps.original
    for step in steps:
        if step is owner:
            break
        weight = step(weight)
    matrix: torch.Tensor = owner._reshape_weight_to_matrix(weight)  # noqa: SLF001
    return matrix


def _normal_numbers(slot: Slot, seed: int) -> torch.Tensor:
    """Return the normal numbers that the iteration for a vector starts from, in float64."""
    weight = Weight(
        tuple(slot.tensor.shape),
        Normal(),
        seed=seed,
        name=slot.name,
        dtype=numpy_dtype(slot.tensor.dtype),
    )
    numbers = torch.empty(slot.tensor.shape, dtype=slot.tensor.dtype, device="cpu")
    memory: Any = raw_memory(numbers)
    weight.fill(memory.view(weight.dtype))
    return numbers.double()
