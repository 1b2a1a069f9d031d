"""How a fill of memory that only copies reach is divided."""

import _thread
import itertools

import numpy as np
import pytest

from fastinit._engine.copies import parts_of
from fastinit._engine.helper_threads import meanwhile
from fastinit._engine.regions import box_of

pytestmark = pytest.mark.once

SHAPES = [(), (1,), (7,), (3, 5), (2, 3, 4), (5, 1, 7), (1, 1, 20), (2, 2, 2, 3)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("most", [1, 2, 5, 12, 100])
def test_parts_follow_each_other_in_c_order(shape, most):
    numbers = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    found = []
    for part in parts_of(shape, most):
        values = numbers[part.place]
        assert values.shape == part.lengths
        assert 1 <= part.size <= most
        assert values.reshape(-1)[0] == part.first
        found += values.reshape(-1).tolist()
    assert found == list(range(numbers.size))


@pytest.mark.parametrize("shape", [(6, 100), (100, 6), (600,)])
def test_parts_are_as_large_as_allowed(shape):
    assert len(list(parts_of(shape, 120))) <= 6


INDICES = [np.s_[:], np.s_[1:6:2, ::-1], np.s_[::-2, 2, 1:], np.s_[[4, 0, 6, 4]], np.s_[3]]


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("most", [1, 3, 10])
def test_a_part_of_a_box_has_its_elements(index, most):
    shape = (7, 4, 5)
    box = box_of(index, shape)

    def numbers(each):
        rows = range(each.lengths[0]) if each.rows is None else each.rows.tolist()
        axes = [rows, *(range(length) for length in each.lengths[1:])]
        return [
            (each.origin + sum(map(int.__mul__, place, each.steps))) % 2**64
            for place in itertools.product(*axes)
        ]

    found = []
    for part in parts_of(box.lengths, most):
        found += numbers(box.part(part.starts, part.lengths))
    assert found == numbers(box)
    assert found == np.arange(140).reshape(shape)[index].reshape(-1).tolist()


class TestMeanwhile:
    """Work on another thread."""

    def test_both_run_and_an_error_of_the_work_is_raised(self):
        order = []
        with meanwhile(lambda: order.append("work")):
            pass
        assert order == ["work"]
        with pytest.raises(ZeroDivisionError), meanwhile(lambda: 1 // 0):
            order.append("body")
        assert order == ["work", "body"]

    def test_an_error_of_the_body_is_raised_first(self):
        with pytest.raises(KeyboardInterrupt), meanwhile(lambda: 1 // 0):
            raise KeyboardInterrupt

    def test_work_is_done_here_if_no_thread_can_start(self, monkeypatch):
        def refuse(*_):
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(_thread, "start_new_thread", refuse)
        done = []
        with meanwhile(lambda: done.append(1)):
            assert done == []
        assert done == [1]
