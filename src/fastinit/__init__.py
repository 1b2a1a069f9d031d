"""Initialise huge weights fast, with the same bits on every machine.

``uniform``, ``normal``, ``random_bits`` and the schemes (``he_normal``, ``glorot_uniform``, ...)
return new arrays. The same names with an underscore fill an array or buffer of the caller. The
value of an element depends only on the distribution, the dtype, the seed, the stream and the index
of the element. Calls without a seed take one stream after another from the generator that
``manual_seed`` sets.
"""

from ._support import program_start as _program_start  # it handles signals from now on

with _program_start.settings_of_program():
    from ._engine import threads as _threads  # noqa: F401 - it reads FASTINIT_NUM_THREADS
    from ._kernels import dispatch as _dispatch  # noqa: F401 - it reads FASTINIT_ISA

# isort: split
from ._engine.threads import get_num_threads, set_num_threads
from ._kernels.dispatch import ACTIVE_ISA as _ACTIVE_ISA
from ._kernels.dispatch import available_isas, compiled_isas
from ._random.addressing import CONTRACT_VERSION
from ._random.default_generator import initial_seed
from ._random.next_streams import lock as _lock
from ._schemes.activations import for_activation
from ._schemes.deterministic import (
    constant,
    constant_,
    dirac,
    dirac_,
    eye,
    eye_,
    identity,
    identity_,
    lstm_bias,
    lstm_bias_,
    ones,
    ones_,
    zeros,
    zeros_,
)
from ._schemes.distributions import Constant, Normal, TruncatedNormal, Uniform
from ._schemes.fans import fans
from ._schemes.fills import (
    normal,
    normal_,
    random_bits,
    random_bits_,
    trunc_normal,
    trunc_normal_,
    uniform,
    uniform_,
)
from ._schemes.gains import calculate_gain
from ._schemes.near_identity import (
    identity_hadamard,
    identity_hadamard_,
    identity_plus_noise,
    identity_plus_noise_,
)
from ._schemes.orthogonal import (
    delta_orthogonal,
    delta_orthogonal_,
    orthogonal,
    orthogonal_,
)
from ._schemes.quantized import quantized_row_bytes, quantized_rows, quantized_rows_
from ._schemes.scheme_functions import INITIALIZERS
from ._schemes.sparse import sparse, sparse_
from ._schemes.suitability import SchemeWarning
from .weight import Weight

# Not assignments: editors would show these, and not the stub, which has the docstrings.
globals().update(INITIALIZERS)


def active_isa() -> str:
    """Return the instruction set of the kernels in use: generic, neon, avx2 or avx512.

    Returns
    -------
    str
        The last of `available_isas`, unless the environment variable FASTINIT_ISA names another.

    Examples
    --------
    >>> fastinit.active_isa() in fastinit.available_isas()
    True
    """
    return _ACTIVE_ISA


_ON_FIRST_USE = {
    "Generator": "_random.generator",  # imports numpy.random
    "Philox": "_random.bit_generator",
    "default_generator": "_random.generator",
    "default_rng": "_random.generator",
    "manual_seed": "_random.generator",
    "BlockDifference": "storage",  # imports json, hashlib
    "Difference": "storage",
    "FileFormatError": "storage",
    "Receipt": "storage",
    "Verification": "storage",
    "SavedSet": "storage",
    "compare_receipts": "storage",
    "make_receipt": "storage",
    "make_receipts": "storage",
    "read_config": "storage",
    "read_template": "storage",
    "save": "storage",
    "save_sharded": "storage",
    "save_zarr": "storage",
    "verify": "storage",
}

#: Public modules, by whether an import of them imports a framework.
_MODULES = {
    "dask": False,
    "jax": True,
    "keras": True,
    "storage": False,
    "torch": True,
    "typing": False,
    "weight": False,
}


def _is_import_statement() -> bool:
    """Say whether ``from fastinit import name`` asks for the attribute, and not a program."""
    import sys  # noqa: PLC0415

    return sys._getframe(2).f_globals.get("__name__") == "importlib._bootstrap"  # noqa: SLF001


def __getattr__(name: str) -> object:
    """Load a name on first use, if it needs imports that take tens of milliseconds."""
    value: object
    if name in _ON_FIRST_USE:
        from importlib import import_module  # noqa: PLC0415

        # A fork waits for this lock: the child could not finish the import of another thread.
        with _lock:
            value = getattr(import_module(f".{_ON_FIRST_USE[name]}", __name__), name)
    elif name in _MODULES and not _is_import_statement():
        if _MODULES[name]:
            from ._support.lazy_modules import LazyModule  # noqa: PLC0415

            # Not kept: the import of the module sets the attribute.
            return LazyModule(f"{__name__}.{name}")
        from importlib import import_module  # noqa: PLC0415

        return import_module(f".{name}", __name__)
    elif name == "__version__":
        from importlib import metadata  # noqa: PLC0415

        value = metadata.version("fastinit-sampler")
    else:
        import sys  # noqa: PLC0415

        message = f"module {__name__!r} has no attribute {name!r}"
        # Python suggests a similar name of the object.
        raise AttributeError(message, name=name, obj=sys.modules[__name__])
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES})


__all__ = [
    "CONTRACT_VERSION",
    "BlockDifference",
    "Constant",
    "Difference",
    "FileFormatError",
    "Generator",
    "Normal",
    "Philox",
    "Receipt",
    "SavedSet",
    "SchemeWarning",
    "TruncatedNormal",
    "Uniform",
    "Verification",
    "Weight",
    "__version__",
    "active_isa",
    "available_isas",
    "calculate_gain",
    "compare_receipts",
    "compiled_isas",
    "constant",
    "constant_",
    "deepnet",
    "deepnet_",
    "default_generator",
    "default_rng",
    "delta_orthogonal",
    "delta_orthogonal_",
    "depth_scaled",
    "depth_scaled_",
    "dirac",
    "dirac_",
    "embedding_normal",
    "embedding_normal_",
    "embedding_uniform",
    "embedding_uniform_",
    "eye",
    "eye_",
    "fans",
    "for_activation",
    "get_num_threads",
    "glorot_normal",
    "glorot_normal_",
    "glorot_uniform",
    "glorot_uniform_",
    "he_normal",
    "he_normal_",
    "he_uniform",
    "he_uniform_",
    "identity",
    "identity_",
    "identity_hadamard",
    "identity_hadamard_",
    "identity_plus_noise",
    "identity_plus_noise_",
    "initial_seed",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "lecun_normal",
    "lecun_normal_",
    "lecun_uniform",
    "lecun_uniform_",
    "lstm_bias",
    "lstm_bias_",
    "make_receipt",
    "make_receipts",
    "manual_seed",
    "mup",
    "mup_",
    "normal",
    "normal_",
    "ones",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "quantized_row_bytes",
    "quantized_rows",
    "quantized_rows_",
    "random_bits",
    "random_bits_",
    "read_config",
    "read_template",
    "save",
    "save_sharded",
    "save_zarr",
    "set_num_threads",
    "siren",
    "siren_",
    "small_init",
    "small_init_",
    "sparse",
    "sparse_",
    "t_fixup",
    "t_fixup_",
    "trunc_normal",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "variance_scaling",
    "variance_scaling_",
    "verify",
    "wang_init",
    "wang_init_",
    "xavier",
    "xavier_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_normalized",
    "xavier_normalized_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros",
    "zeros_",
]
