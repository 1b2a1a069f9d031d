"""`accelerate`: fastinit makes the random fills of PyTorch, whichever code asks for them.

Promises: an acceleration affects only the thread that entered it. Blocks can be nested. A block
ends also when an exception leaves it.
"""

# ruff: noqa: TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import inspect
import threading
import warnings
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from fastinit._random.streams import PlainStreamSource, StreamSource

from .active import Acceleration
from .common_fills import thread
from .counts import AccelerationReport, CopiedShardsWarning, UnseededWarning
from .operators import register
from .patches import patches
from .ranks import in_process_group
from .seeds import as_seed

if TYPE_CHECKING:
    Function = TypeVar("Function", bound=Callable[..., Any])


class _Blocks(threading.local):
    """The accelerations of the blocks that a thread is in, in the order of entry."""

    def __init__(self) -> None:
        self.entered: list[Acceleration] = []


_blocks = _Blocks()


class accelerate:  # noqa: N801 - used as a function
    """Let fastinit make the random fills of this thread.

    Use it as ``with accelerate(...)`` or as a decorator, ``@accelerate(...)``.

    Parameters
    ----------
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), the range of `torch.manual_seed`. Each fill takes the next
        stream of a `fastinit.Generator` with this seed: 2**63, 2**63 + 1 and so on, in the order
        of the fills. A `fastinit.Generator` that you pass continues from its current stream.
        By default, each fill draws a 64-bit seed from the generator of PyTorch and uses stream 0,
        so `torch.manual_seed` determines the values.

    Returns
    -------
    context manager
        Entering it returns an `AccelerationReport`, which counts what fastinit made and what it
        passed on to PyTorch. It can be entered any number of times. With an integer seed, each
        block and each call of a decorated function starts again at the first stream.

    Raises
    ------
    TypeError, ValueError
        If `seed` is not an integer in this range, a `fastinit.Generator` or None.
    TypeError
        If it decorates a generator function, an ``async`` function or a class.
    RuntimeError
        If PyTorch is older than 2.9.

    Warns
    -----
    UnseededWarning
        At the end of a block with a seed, if PyTorch drew random numbers from its own generator.
    CopiedShardsWarning
        At the end of a block with a seed, if each rank of a process group filled shards with the
        same values. This happens with libraries that do not say which part of a tensor a shard is.

    Notes
    -----
    fastinit makes ``uniform_`` and ``normal_``, whichever code calls them, ``torch.rand``,
    ``randn``, ``rand_like``, ``randn_like``, all forms of ``torch.normal``, and ``trunc_normal_``
    of ``torch.nn.init``, timm and other libraries. It fills floating-point and complex tensors in
    CPU memory, and tensors on other devices: by kernels on an NVIDIA GPU (extra ``cuda``), by
    copies elsewhere. PyTorch makes fills that were given a ``generator``, and all other random
    operations (permutations, dropout, integers). That generator or `torch.manual_seed` determines
    their values.

    Examples
    --------
    >>> with fastinit.torch.accelerate(seed=0) as report:
    ...     layer = torch.nn.Linear(64, 64)
    >>> report
    <fastinit made 2 tensors of 4,160 elements; PyTorch made nothing random>
    """

    def __init__(self, seed: int | StreamSource | None = None) -> None:
        if callable(seed) and not isinstance(seed, StreamSource):
            raise TypeError("as a decorator, accelerate needs parentheses: @accelerate()")
        known = seed is None or isinstance(seed, StreamSource)
        self.seed = seed if known else as_seed(seed, ", a fastinit.Generator or None")

    def __repr__(self) -> str:
        """Return the call that makes an equal one."""
        return f"accelerate({'' if self.seed is None else f'seed={self.seed!r}'})"

    def __enter__(self) -> AccelerationReport:
        """Start an acceleration in this thread and return its report."""
        seed = self.seed
        source = seed if seed is None or isinstance(seed, StreamSource) else PlainStreamSource(seed)
        register()
        patches.acquire()
        report = AccelerationReport()
        acceleration = Acceleration(source, report, in_process_group=in_process_group())
        acceleration.manager = self
        acceleration.outside = thread.acceleration
        _blocks.entered.append(acceleration)
        thread.acceleration = acceleration
        return report

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End the acceleration, restore the one around it, and warn."""
        report = self._end()
        if kind is None:
            self._warn(report)

    def _end(self) -> AccelerationReport:
        entered = _blocks.entered
        number = len(entered) - 1
        while number >= 0 and entered[number].manager is not self:
            number -= 1
        if number < 0:
            raise RuntimeError(f"{self} must end in the thread that it began in")
        ended = entered.pop(number)
        if number == len(entered):
            thread.acceleration = ended.outside
        else:  # a generator function left this block suspended: the block entered next is active
            entered[number].outside = ended.outside
        patches.release()
        return ended.report

    def _warn(self, report: AccelerationReport) -> None:
        """Warn the caller's caller about random numbers that the seed does not determine."""
        if self.seed is not None and report.unseeded:
            operators = ", ".join(sorted({operator for operator, _ in report.unseeded}))
            warnings.warn(
                f"the seed of {self} does not govern all random numbers of the block. PyTorch drew "
                f"from its own generator in {operators}: call torch.manual_seed, or pass a "
                "torch.Generator. The block's report counts these calls",
                UnseededWarning,
                stacklevel=3,
            )
        if report.copies:
            warnings.warn(
                f"{self} gave each rank the same values for the shards that "
                f"{', '.join(report.copies)} filled. If they are different parts of one tensor, "
                "use fastinit.torch.init_shard_, or a seed for each rank",
                CopiedShardsWarning,
                stacklevel=3,
            )

    def __call__(self, function: Function) -> Function:
        """Return a function each call of which runs inside a new block."""
        if inspect.isclass(function):
            raise TypeError(f"accelerate decorates functions, not the class {function.__name__}")
        if not callable(function):
            raise TypeError(f"accelerate decorates functions, not {type(function).__name__}")
        if (
            inspect.isgeneratorfunction(function)
            or inspect.iscoroutinefunction(function)
            or inspect.isasyncgenfunction(function)
        ):
            raise TypeError(
                "accelerate cannot decorate a generator or an async function, whose body runs "
                "after the call: write `with accelerate(...)` inside it, around code that neither "
                "yields nor awaits"
            )

        @wraps(function)
        def accelerated(*arguments: Any, **options: Any) -> Any:
            report = self.__enter__()
            try:
                result = function(*arguments, **options)
            except BaseException:
                self._end()
                raise
            self._end()
            self._warn(report)
            return result

        return accelerated  # type: ignore[return-value]
