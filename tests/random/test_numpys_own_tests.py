"""NumPy's own tests of its `Generator`, as they are installed, run with `fastinit.default_rng`.

Some pin values that MT19937 gives. They run too, but their comparisons of arrays compare shapes
only. All else that they assert holds: errors, broadcasting, `out`. `LEFT_OUT` has the tests that do
not run, and why. Of the other files of `numpy.random.tests`, none tests `Generator` over another
bit generator: they are about the bit generators of NumPy, `RandomState` and compilers.
"""

from __future__ import annotations

from importlib import util
from types import FunctionType

import numpy as np
import pytest

import fastinit
from fastinit._random.generator_bits import GeneratorBits

pytestmark = pytest.mark.once

VALUES_ALONE = "compares values or the state of MT19937, and nothing else"
NUMPYS_OWN = "is about objects of NumPy's own classes"
ANY_LAYOUT = "fastinit fills memory of any layout, and NumPy refuses some"
OWN_SEEDS = "an integer and an array of it are different seeds: an integer is the seed itself"
ERRORS = "a class in place of a seed is a TypeError here, and a ValueError in NumPy"

LEFT_OUT = {
    "TestSeed.test_seedsequence": VALUES_ALONE,
    "TestSeed.test_noninstantized_bitgen": ERRORS,
    "TestIntegers.test_repeatability": VALUES_ALONE,
    "TestRandomDist.test_choice_large_sample": VALUES_ALONE,
    "TestRandomDist.test_pareto": VALUES_ALONE,
    "test_jumped": VALUES_ALONE,
    "test_ragged_shuffle": VALUES_ALONE,
    "test_legacy_pickle": NUMPYS_OWN,
    "TestSmoke.test_output_fill_error": ANY_LAYOUT,
    "TestSmoke.test_seed_array": OWN_SEEDS,
    "TestDefaultRNG.test_coercion_RandomState_Generator": NUMPYS_OWN,
}

#: Tests, without `test_`, that pin values of MT19937 in comparisons of arrays.
PINNED = {
    "TestBroadcast": [
        "beta",
        "binomial",
        "chisquare",
        "exponential",
        "f",
        "gamma",
        "geometric",
        "gumbel",
        "hypergeometric",
        "laplace",
        "logistic",
        "lognormal",
        "multinomial",
        "negative_binomial",
        "noncentral_chisquare",
        "noncentral_f",
        "noncentral_f_small_df",
        "normal",
        "pareto",
        "poisson",
        "power",
        "rayleigh",
        "standard_gamma",
        "standard_t",
        "triangular",
        "uniform",
        "vonmises",
        "wald",
        "weibull",
        "zipf",
    ],
    "TestIntegers": ["repeatability_32bit_boundary", "repeatability_32bit_boundary_broadcasting"],
    "TestMultivariateHypergeometric": ["repeatability1", "repeatability2", "repeatability3"],
    "TestRandomDist": [
        "beta",
        "binomial",
        "bytes",
        "chisquare",
        "choice_array_size_empty_tuple",
        "choice_multidimensional_custom_axis",
        "choice_multidimensional_default_axis",
        "choice_noninteger",
        "choice_nonuniform_noreplace",
        "choice_nonuniform_replace",
        "choice_uniform_noreplace",
        "choice_uniform_replace",
        "dirichlet",
        "exponential",
        "f",
        "gamma",
        "geometric",
        "gumbel",
        "hypergeometric",
        "integers",
        "integers_closed",
        "integers_masked",
        "laplace",
        "logistic",
        "lognormal",
        "logseries",
        "multinomial",
        "multivariate_normal",
        "negative_binomial",
        "noncentral_chisquare",
        "noncentral_f",
        "normal",
        "permutation",
        "permutation_custom_axis",
        "permuted",
        "permuted_with_strides",
        "power",
        "random",
        "random_float",
        "random_float_scalar",
        "rayleigh",
        "shuffle",
        "shuffle_custom_axis",
        "standard_cauchy",
        "standard_exponential",
        "standard_gamma",
        "standard_gamma_float",
        "standard_gammma_float_out",
        "standard_gammma_scalar_float",
        "standard_normal",
        "standard_t",
        "triangular",
        "uniform",
        "vonmises",
        "wald",
        "weibull",
        "zipf",
    ],
    "TestRegression": [
        "call_within_randomstate",
        "permutation_subclass",
        "shuffle_mixed_dimension",
    ],
    "TestSeed": ["array", "scalar"],
}

COMPARISONS = ("array_equal", "array_almost_equal", "equal", "allclose")


def compare_shapes(actual, desired, *_, **__):
    assert np.shape(actual) == np.shape(desired)


def without_values(function):
    """Return a test whose comparisons of arrays compare shapes only."""
    names = dict.fromkeys((f"assert_{name}" for name in COMPARISONS), compare_shapes)
    copy = FunctionType(
        function.__code__,
        function.__globals__ | names,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    vars(copy).update(vars(function))  # the marks
    return copy


def copy_of(name):
    """Return a copy of a module of NumPy's tests whose generators are those of fastinit."""
    spec = util.find_spec(f"numpy.random.tests.{name}")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.Generator, module.default_rng = fastinit.Generator, fastinit.default_rng
    module.MT19937 = module.PCG64 = module.Philox = GeneratorBits
    if hasattr(module, "random"):
        module.random = fastinit.default_rng()
    return module


def adopted(test_class):
    """Leave tests out of a class, and values out of those that pin them."""
    name = test_class.__name__
    for test in PINNED.get(name, ()):
        function = getattr(test_class, f"test_{test}", None)  # other versions of NumPy
        if function is not None:
            setattr(test_class, f"test_{test}", without_values(function))
    for left_out in LEFT_OUT:
        of_class, _, test = left_out.rpartition(".")
        if of_class == name and hasattr(test_class, test):
            setattr(test_class, test, None)
    return test_class


if np.lib.NumpyVersion(np.__version__) < "2.4.0":
    pytest.skip("before 2.4, NumPy's tests are written in another way", allow_module_level=True)

generator_tests = copy_of("test_generator_mt19937")
for key, value in vars(generator_tests).items():
    if isinstance(value, type) and key.startswith("Test"):
        globals()[key] = adopted(value)
    elif key.startswith("test_") and key not in LEFT_OUT:
        globals()[key] = value
endpoint = generator_tests.endpoint  # a fixture

TestRegression = adopted(copy_of("test_generator_mt19937_regressions").TestRegression)
TestDefaultRNG = adopted(copy_of("test_direct").TestDefaultRNG)
smoke = copy_of("test_smoke")


@adopted
class TestSmoke(smoke.RNG):
    @classmethod
    def _create_rng(cls):
        generator = fastinit.default_rng(12345)
        return smoke.RNGData(GeneratorBits, 2**62 + 2**31 + 2**6, [12345], generator, 64)


class TestSetState(generator_tests.TestSetState):
    def _create_rng(self):
        generator = fastinit.default_rng(1234567890)
        return generator, generator.bit_generator, generator.bit_generator.state


def test_what_is_left_out_is_there():
    """The lists do not name what no version of NumPy has, or what was renamed."""
    names = [*LEFT_OUT, *(f"{key}.test_{test}" for key, tests in PINNED.items() for test in tests)]
    assert len(names) == len(set(names))
    for name in names:
        key, _, test = name.rpartition(".")
        assert hasattr(globals()[key] if key else generator_tests, test), name
