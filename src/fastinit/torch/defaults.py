"""The scheme ``"default"``: the distribution from which a module itself draws each parameter.

A module of PyTorch initialises its parameters in ``reset_parameters``. That method runs here while
stand-ins without memory replace all tensors, and a dispatch mode records what it would write. A
parameter that it fills from one distribution gets this distribution, so its values can depend on
its name alone.

Promises: nothing in the module is written, and the generator of PyTorch does not change. If a
method fills a parameter in another way, or there is no method, the error names the parameter.
Assumes: such a method reaches tensors through the module, not through other references.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from fastinit._schemes.choices import options_of
from fastinit._schemes.distributions import (
    Constant,
    Distribution,
    Normal,
    Uniform,
)

from .obstacles import check_is_whole
from .parameter_fills import naming
from .rebuilding import needs_no_argument, stand_ins

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastinit._schemes.choices import Scheme

    from .slots import Slot

#: The name of the scheme.
DEFAULT = "default"

#: The methods that constructors of PyTorch call. The second is that of attention and transformers.
METHODS = ("reset_parameters", "_reset_parameters")

#: Modules that only hold parameters of the module around them.
CONTAINERS = (torch.nn.ParameterList, torch.nn.ParameterDict)


def with_defaults(
    chosen: Mapping[str, Scheme], slots: Mapping[str, Slot], module: torch.nn.Module
) -> dict[str, Scheme]:
    """Return schemes in which a distribution replaces each ``"default"``.

    Parameters
    ----------
    chosen : mapping of str to scheme
        The schemes by name.
    slots : mapping of str to Slot
        All parameters and buffers. A buffer with ``"default"`` is left out of the result.
    module : torch.nn.Module
        The module that holds all of them.

    Raises
    ------
    TypeError, ValueError
        If the modules do not say from which distribution they draw a parameter.
    """
    mine = [slots[name] for name, scheme in chosen.items() if _is_default(scheme)]
    if not mine:
        return dict(chosen)
    for slot in mine:
        with naming(slot):
            check_is_whole(slot)
            if options := options_of(chosen[slot.name]):
                raise TypeError(f"the scheme 'default' takes no options, got {options}")
    parameters = [slot for slot in mine if slot.key in slot.owners[0]._parameters]  # noqa: SLF001
    found = _distributions(parameters, module)
    return {
        name: found.get(name, scheme)
        for name, scheme in chosen.items()
        if not _is_default(scheme) or name in found
    }


def _is_default(scheme: Scheme) -> bool:
    name = scheme.get("scheme") if isinstance(scheme, dict) else scheme
    return isinstance(name, str) and name == DEFAULT


class _Recorder(TorchDispatchMode):
    """Records what operators write into tensors: a distribution, or None for other values.

    Parameters
    ----------
    known : dict
        Distributions by the operator and the text of its arguments. Equal ones become one object.
    pads : bool
        Whether zeros in a part of a tensor are a padding row, which `init_module` sets itself.
    """

    def __init__(self, known: dict[tuple[Any, str], Distribution], *, pads: bool) -> None:
        super().__init__()
        self.known = known
        self.written: dict[int, Distribution | None] = {}
        self.pads = pads
        self._alive: list[torch.Tensor] = []  # another tensor must not get the same number

    def record(self, tensor: torch.Tensor, value: Distribution | None) -> None:
        """Record that a tensor has a distribution, or None for other values."""
        self.written[_memory(tensor)] = value
        self._alive.append(tensor)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func in WRITES and args[0].is_meta:
            tensor, *given = args
            value = self._written_value(func, given)
            if _is_whole(tensor):
                self.record(tensor, value)
            elif not (self.pads and value == Constant(0.0)):
                self.record(tensor, None)
            return tensor
        if func._schema.is_mutable:  # noqa: SLF001
            for argument, given in zip(func._schema.arguments, args, strict=False):  # noqa: SLF001
                written = argument.alias_info is not None and argument.alias_info.is_write
                if written and isinstance(given, torch.Tensor):
                    self.record(given, None)
        return func(*args, **(kwargs or {}))

    def _written_value(self, func: Any, given: list[Any]) -> Distribution | None:
        if func is _aten.copy_.default:  # convolutions fill a contiguous tensor, and copy it
            source = given[0]
            return self.written.get(_memory(source)) if _is_whole(source) else None
        key = func, repr(given)  # unlike the numbers, the text tells the signs of zeros
        if key not in self.known:
            self.known[key] = WRITES[func](*given)
        return self.known[key]


def _uniform(low: float = 0.0, high: float = 1.0) -> Distribution:
    return Uniform(low, high) if low != high else Constant(low)


def _constant(value: float = 0.0) -> Distribution:
    return Constant(float(value))


_aten: Any = torch.ops.aten

#: From the arguments of an operator, after the tensor, to the distribution of what it writes. What
#: a copy writes depends on its source.
WRITES: dict[Any, Any] = {
    _aten.uniform_.default: _uniform,
    _aten.normal_.default: Normal,
    _aten.fill_.Scalar: _constant,
    _aten.zero_.default: _constant,
    _aten.copy_.default: None,
}


def _memory(tensor: torch.Tensor) -> int:
    """Return a number that is the same for all views of a tensor."""
    number: int = tensor.untyped_storage()._cdata  # noqa: SLF001 - `data_ptr` is 0 without memory
    return number


def _is_whole(tensor: torch.Tensor) -> bool:
    """Return whether a tensor without memory, or a view of it, has all of its elements."""
    return tensor.numel() * tensor.itemsize == tensor.untyped_storage().nbytes()


def _distributions(slots: Iterable[Slot], module: torch.nn.Module) -> dict[str, Distribution]:
    """Return the distribution of each parameter."""
    methods = _Methods()
    found: dict[str, Distribution] = {}
    with (
        stand_ins(module),
        torch.no_grad(),
        torch.random.fork_rng(devices=[]),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        for slot in slots:
            with naming(slot):
                found[slot.name] = _distribution(slot, methods)
    return found


def _distribution(slot: Slot, methods: _Methods) -> Distribution:
    """Return what the last method writes into a parameter, from its module to the outermost one.

    Constructors call them in this order: attention sets the biases of a projection to zero after
    the projection has filled them.
    """
    if not slot.tensor.numel():  # PyTorch does not fill it
        return Constant(0.0)
    memory = _memory(slot.owners[0]._parameters[slot.key])  # type: ignore[arg-type]  # noqa: SLF001
    found: list[tuple[str, Distribution | None]] = []
    for owner in slot.owners:
        written = methods.written_by(owner)
        if memory in written:
            found.append((type(owner).__name__, written[memory]))
    holder = next(
        (each for each in slot.owners if not isinstance(each, CONTAINERS)), slot.owners[0]
    )
    meaning = f"the scheme 'default' means what {METHODS[0]}() does, and"
    if not found:
        raise ValueError(
            f"{meaning} no such method of {type(holder).__name__} or of a module around it sets "
            "this parameter (trunc_normal_ does not show what it does): give it another scheme"
        )
    name, distribution = found[-1]
    if distribution is None:
        raise ValueError(
            f"{meaning} that of {name} does not fill this parameter from one uniform or normal "
            "distribution or with one number: give it another scheme"
        )
    return distribution


class _Methods:
    """What the method of each module writes into each tensor. A method runs once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, str], Distribution] = {}
        self._written: dict[torch.nn.Module, Mapping[int, Distribution | None]] = {}

    def written_by(self, module: torch.nn.Module) -> Mapping[int, Distribution | None]:
        """Return what is known of the tensors that the method of a module writes."""
        if module not in self._written:
            self._written[module] = self._run(module)
        return self._written[module]

    def _run(self, module: torch.nn.Module) -> Mapping[int, Distribution | None]:
        if isinstance(
            module, torch.jit.ScriptModule
        ):  # it keeps its tensors where stand-ins do not go
            return {}
        for name in METHODS:
            method: Any = getattr(module, name, None)
            if callable(method) and needs_no_argument(method):
                break
        else:
            return {}
        pads = getattr(module, "padding_idx", None) is not None
        with _Recorder(self._known, pads=pads) as recorder:
            try:
                method()
            except Exception as error:
                raise ValueError(
                    f"the scheme 'default' means what {name}() does, and that of "
                    f"{type(module).__name__} does not run on tensors without memory "
                    f"({type(error).__name__}: {error}): give the parameter another scheme"
                ) from error
        written: Mapping[int, Distribution | None] = recorder.written
        return written
