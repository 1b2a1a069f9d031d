"""A weight with any options, in any sequence of copies: each part is what NumPy's indexing gives."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

import fastinit
from fastinit import Weight
from tests.support import reference
from tests.support.fuzzing import fuzz

pytestmark = pytest.mark.once  # the kernels' bits are compared elsewhere

SCHEMES = {
    "xavier": {},
    "glorot_normal": {"gain": st.sampled_from([0.5, 2])},
    "he_normal": {"mode": st.sampled_from(["fan_out", "fan_avg"]), "truncated": st.booleans()},
    "he_uniform": {"nonlinearity": st.sampled_from(["tanh", "selu"])},
    "lecun_normal": {"truncated": st.booleans()},
    "variance_scaling": {"scale": st.floats(0.1, 2), "distribution": st.just("uniform")},
}
FAN_OPTIONS = {
    "layout": st.sampled_from(["torch", "keras"]),
    "fan_in": st.integers(1, 1000),
    "fan_out": st.integers(1, 1000),
    "in_axis": st.sampled_from([-1, 0, [0, 1], (1,)]),
    "batch_axis": st.sampled_from([(), []]),
}
CONSTANTS = {"zeros": 0.0, "ones": 1.0}
copies = st.sampled_from(
    [
        copy.copy,
        copy.deepcopy,
        dataclasses.replace,
        lambda weight: pickle.loads(pickle.dumps(weight)),  # noqa: S301 - our own
        lambda weight: Weight.from_json(weight.to_json()),
    ]
)
threads = st.none() | st.integers(1, 3)


@st.composite
def indices(draw, shape):
    """An index as NumPy has it, with at most one array, which is for the first axis."""
    index = []
    for axis, length in enumerate(shape[: draw(st.integers(0, len(shape)))]):
        kinds = ["slice"] + ["number"] * (length > 0) + ["rows"] * (axis == 0 and length > 0)
        kind = draw(st.sampled_from(kinds))
        numbers = st.integers(-length, length - 1)
        if kind == "slice":
            index.append(draw(st.slices(length)))
        elif kind == "number":
            index.append(draw(numbers.map(np.int64) | numbers))
        else:
            rows = np.array(draw(st.lists(numbers, min_size=4, max_size=4)), np.int32)
            index.append(draw(st.sampled_from([rows, rows.reshape(2, 2), rows[:0], rows.tolist()])))
    if draw(st.booleans()):
        index.append(...)
    return index[0] if len(index) == 1 and draw(st.booleans()) else tuple(index)


class Formula(RuleBasedStateMachine):
    """A weight, beside the whole array that the public fill of its scheme makes."""

    @initialize(
        data=st.data(),
        shape=st.lists(st.integers(0, 6), min_size=2, max_size=4).map(tuple),
        scheme=st.sampled_from([*SCHEMES, *CONSTANTS]),
        seed=st.integers(0, 2**64 - 1),
        name=st.text(max_size=9),
        dtype=st.sampled_from(sorted(reference.DTYPES)),
        padded=st.booleans(),
    )
    def begin(self, data, shape, scheme, seed, name, dtype, padded):
        possible = {} if scheme in CONSTANTS else SCHEMES[scheme] | FAN_OPTIONS
        options = {
            key: data.draw(value) for key, value in possible.items() if data.draw(st.booleans())
        }
        if "in_axis" in options:
            options["out_axis"] = -1 if options["in_axis"] != -1 else 0
        padding = data.draw(st.integers(-shape[0], shape[0] - 1)) if padded and shape[0] else None
        self.arguments = {"seed": seed, "name": name, "dtype": dtype, "padding_idx": padding}
        self.weight = Weight(shape, scheme, **self.arguments, **options)
        if scheme in CONSTANTS:
            self.whole = np.full(shape, CONSTANTS[scheme], reference.DTYPES[dtype])
        else:
            make = getattr(fastinit, scheme)
            self.whole = make(shape, dtype=dtype, seed=seed, stream=name, **options)
        if padding is not None:
            self.whole[padding] = 0

    def check(self, part, index):
        expected = self.whole[index]
        assert type(part) is type(expected)
        assert (part.shape, part.dtype) == (expected.shape, expected.dtype)
        assert part.tobytes() == expected.tobytes()

    @rule(make=copies)
    def copied(self, make):
        other = make(self.weight)
        assert other == self.weight
        assert hash(other) == hash(self.weight)
        assert repr(other) == repr(self.weight)
        self.weight = other

    @rule(name=st.text(max_size=9))
    def replaced(self, name):
        """Another name is another stream; the first name gives the first values again."""
        other = dataclasses.replace(self.weight, name=name)
        assert (other == self.weight) == (name == self.weight.name)
        assert other.distribution == self.weight.distribution
        assert dataclasses.replace(other, name=self.weight.name) == self.weight

    @rule(data=st.data())
    def read(self, data):
        index = data.draw(indices(self.weight.shape))
        self.check(self.weight[index], index)

    @rule(
        data=st.data(), order=st.sampled_from("CF"), count=threads, step=st.sampled_from([1, 2, -1])
    )
    def fill(self, data, order, count, step):
        index = data.draw(indices(self.weight.shape))
        expected = np.asarray(self.whole[index])
        memory = np.zeros([2 * n for n in expected.shape], self.whole.dtype, order)
        out = memory[(*(slice(None, None, step) for _ in expected.shape), ...)]
        out = out[(*(slice(0, n) for n in expected.shape), ...)]
        assert self.weight.fill(out, index, threads=count) is out
        assert out.tobytes() == expected.tobytes()
        assert (memory != 0).sum() == (expected != 0).sum()

    @rule(data=st.data(), count=threads)
    def rows(self, data, count):
        length = self.weight.shape[0]
        ids = data.draw(st.lists(st.integers(0, length - 1), max_size=9)) if length else []
        ids = np.array(ids, np.int64)
        self.check(self.weight.rows(ids, threads=count), ids)
        out = np.zeros((len(ids), *self.weight.shape[1:]), self.whole.dtype)
        assert self.weight.rows(ids.tolist(), out, threads=count) is out
        self.check(out, ids)
        for outside in (-1, length):
            with pytest.raises(IndexError):
                self.weight.rows([outside])

    @rule(dtype=st.sampled_from([None, "float64", "float32"]))
    def as_array(self, dtype):
        made = np.asarray(self.weight, dtype)
        assert made.dtype == (dtype or self.whole.dtype)
        assert made.tobytes() == self.whole.astype(made.dtype).tobytes()
        assert (self.weight.size, self.weight.nbytes) == (self.whole.size, self.whole.nbytes)
        assert len(self.weight) == len(self.whole)

    @rule(data=st.data())
    def refused(self, data):
        """What NumPy refuses is refused, and an array of another shape is not written."""
        shape = self.weight.shape
        axis = data.draw(st.integers(0, len(shape) - 1))
        index = (*(slice(None),) * axis, shape[axis])
        for wrong in (index, (*index[:-1], -shape[axis] - 1), (0,) * (len(shape) + 1)):
            with pytest.raises(IndexError):
                self.weight[wrong]
        out = np.full((*shape, 1), 9, self.whole.dtype)
        with pytest.raises(ValueError, match="shape"):
            self.weight.fill(out)
        assert (out == out.dtype.type(9)).all()


Formula.TestCase.settings = fuzz(60, stateful_step_count=10)
TestFormula = Formula.TestCase
