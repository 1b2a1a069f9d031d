"""What several threads share is used under its lock: patches of functions, operators, seeds."""

from __future__ import annotations

import threading

import pytest
import torch

from fastinit.torch import operators, patches, seeds
from tests.support.locks import RecordingLock, guard, is_held


def test_the_users_of_patches_are_counted_under_the_lock(monkeypatch):
    ours, steps = patches._Patches(), []  # noqa: SLF001

    class Patch:
        def apply(self):
            steps.append(("apply", is_held(ours._lock)))  # noqa: SLF001

        def restore(self):
            steps.append(("restore", is_held(ours._lock)))  # noqa: SLF001

    monkeypatch.setattr(patches, "PATCHED", (Patch(),))
    guard(ours, ours._lock, "_users")  # noqa: SLF001
    ours.acquire()
    ours.acquire()
    ours.release()
    assert steps == [("apply", True)] * 2  # the other user is there
    ours.release()
    assert steps == [*[("apply", True)] * 2, ("restore", True)]


@pytest.fixture
def libraries(monkeypatch):
    """Return the list of the libraries that are made; nothing is registered in truth."""
    made = []

    class Library:
        def __init__(self, *_):
            made.append(is_held(operators._lock))  # noqa: SLF001

        def impl(self, *_, **__):
            pass

    monkeypatch.setattr(torch.library, "Library", Library)
    # What is registered in truth is there again afterwards.
    monkeypatch.setattr(seeds, "draw", seeds.draw)
    monkeypatch.setattr(operators, "kernels", {})
    monkeypatch.setattr(operators, "_registered", set())
    monkeypatch.setattr(operators, "_library", None)
    monkeypatch.setattr(operators, "_lock", RecordingLock())
    return made


def test_operators_are_registered_once_under_the_lock(libraries):
    operators.register()
    operators.register()
    assert libraries == [True]


def test_operators_that_another_thread_registers_meanwhile_are_not_registered_again(
    libraries, monkeypatch
):
    class Contended(RecordingLock):
        def __enter__(self):
            monkeypatch.setattr(operators, "_library", "of the other thread")
            return super().__enter__()

    monkeypatch.setattr(operators, "_lock", Contended())
    operators.register()
    assert libraries == []


def test_each_thread_draws_its_seeds_into_memory_of_its_own():
    """Otherwise a thread could read the seed that another one has just drawn."""
    places = [seeds._buffer.tensor.data_ptr()]  # noqa: SLF001
    held = []

    def work():
        held.append(seeds._buffer.tensor)  # noqa: SLF001 - alive, so that its memory is not used again
        places.append(held[-1].data_ptr())

    for _ in range(3):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(set(places)) == 4
    torch.manual_seed(5)
    drawn = [seeds.draw_seed() for _ in range(4)]
    torch.manual_seed(5)
    again = []
    for _ in range(4):
        thread = threading.Thread(target=lambda: again.append(seeds.draw_seed()))
        thread.start()
        thread.join()
    assert again == drawn
