"""`accelerate`: random fills of PyTorch's, made by fastinit whoever asks for them.

Promises: an acceleration is its thread's own, nests, and ends with its block, also by an exception.
"""

from __future__ import annotations

import inspect
import threading
import warnings
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from fastinit._random.generator import Generator

from .active import Acceleration, thread
from .counts import AccelerationReport, CopiedShardsWarning, UnseededWarning
from .operators import register
from .ranks import in_process_group
from .replaced import replacements
from .seeds import as_seed

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound=Callable[..., Any])


class _Block(NamedTuple):
    """A block that a thread is in."""

    manager: accelerate
    acceleration: Acceleration
    outside: Acceleration | None


class _Blocks(threading.local):
    """The blocks that a thread is in, the last entered last."""

    def __init__(self) -> None:
        self.entered: list[_Block] = []


_blocks = _Blocks()


class accelerate:  # noqa: N801 - used as a function
    """Make the random fills of this thread by fastinit: in a ``with`` block, or as a decorator.

    Parameters
    ----------
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), as `torch.manual_seed` takes them: each fill takes the next
        stream of `fastinit.Generator` of this seed, 2**63, 2**63 + 1 and so on, in the order of the
        fills. By default each fill draws a 64-bit seed from PyTorch's generator, so that
        `torch.manual_seed` governs, and has stream 0.

    Returns
    -------
    context manager
        Entering it returns an `AccelerationReport` of what was made and what was passed on. It can
        be entered any number of times. With an integer, each time starts at the first stream again,
        and so does each call of a function that it decorates.

    Raises
    ------
    TypeError, ValueError
        If `seed` is none of these.
    TypeError
        If it decorates a generator function, an ``async`` function or a class.

    Warns
    -----
    UnseededWarning
        At the end of a block with a seed, if PyTorch drew random numbers from its own generator.
    CopiedShardsWarning
        At the end of a block with a seed, if ranks of a process group made the same values for
        shards of a library that says nowhere which parts of a tensor they are.

    Notes
    -----
    Caught are ``uniform_`` and ``normal_``, whoever calls them, ``torch.rand``, ``randn``,
    ``rand_like``, ``randn_like``, all forms of ``torch.normal``, and ``trunc_normal_`` of
    ``torch.nn.init``, timm and others. Tensors are floating-point or complex ones in the CPU's
    memory. A fill with a generator of its own is PyTorch's, as other random operations are
    (permutations, dropout, integers): `torch.manual_seed`, or that generator, governs them.

    Examples
    --------
    >>> with accelerate(seed=0) as report:
    ...     layer = torch.nn.Linear(64, 64)
    >>> report
    <fastinit made 2 tensors of 4,160 elements; PyTorch made nothing random>
    """

    def __init__(self, seed: int | Generator | None = None) -> None:
        if callable(seed) and not isinstance(seed, Generator):
            raise TypeError("as a decorator, accelerate needs parentheses: @accelerate()")
        known = seed is None or isinstance(seed, Generator)
        self.seed = seed if known else as_seed(seed, ", a fastinit.Generator or None")

    def __repr__(self) -> str:
        """Return how it was made."""
        return f"accelerate({'' if self.seed is None else f'seed={self.seed!r}'})"

    def __enter__(self) -> AccelerationReport:
        """Begin to make the fills of this thread."""
        seed = self.seed
        source = seed if seed is None or isinstance(seed, Generator) else Generator(seed)
        register()
        replacements.acquire()
        acceleration = Acceleration(
            source, AccelerationReport(), in_process_group=in_process_group()
        )
        _blocks.entered.append(_Block(self, acceleration, thread.acceleration))
        thread.acceleration = acceleration
        return acceleration.report

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Leave the fills to whoever made them before."""
        report = self._end()
        if kind is None:
            self._warn(report)

    def _end(self) -> AccelerationReport:
        entered = _blocks.entered
        own = [number for number, block in enumerate(entered) if block.manager is self]
        if not own:
            raise RuntimeError(f"{self} must end in the thread that it began in")
        block = entered.pop(own[-1])
        if own[-1] == len(entered):
            thread.acceleration = block.outside
        else:  # a generator has let this block wait: the one that began next goes on
            entered[own[-1]] = entered[own[-1]]._replace(outside=block.outside)
        replacements.release()
        return block.acceleration.report

    def _warn(self, report: AccelerationReport) -> None:
        """Warn the caller's caller of what the seed does not govern."""
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
        """Return a function that runs inside a block of its own at each call."""
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
