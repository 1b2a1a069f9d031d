"""Signals that wait while a step is done that must not be left half done."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from fastinit._support.waiting_signals import WaitingSignals

NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def handled():
    """The numbers of the signals that were handled."""
    came = []
    before = [signal.signal(number, lambda number, _: came.append(number)) for number in NUMBERS]
    yield came
    for number, handler in zip(NUMBERS, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", NUMBERS)
def test_signals_wait_and_are_delivered(handled, number):
    with WaitingSignals() as signals:
        signal.raise_signal(number)
        assert handled == []
        signals.deliver()
        assert handled == [number]
        signal.raise_signal(number)
        assert handled == [number] * 2
        signals.wait()
        signals.wait()
        signal.raise_signal(number)
        with WaitingSignals() as inner:
            signal.raise_signal(number)
            inner.deliver()
        assert handled == [number] * 2
    assert handled == [number] * 3  # one of those that came meanwhile
    signal.raise_signal(number)
    assert handled == [number] * 4


def test_another_thread_has_nothing_that_waits(handled):
    def work():
        with WaitingSignals() as signals:
            before = [signal.getsignal(number) for number in NUMBERS]
            signals.deliver()
        found.append(before)

    found, before = [], [signal.getsignal(number) for number in NUMBERS]
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [before]
    assert handled == []


def test_default_and_ignored_signals():
    program = """if True:
        import signal
        from fastinit._support.waiting_signals import WaitingSignals
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with WaitingSignals():
            signal.raise_signal(signal.SIGHUP)
            signal.raise_signal(signal.SIGTERM)
            print("whole", flush=True)
        print("never")
    """
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (-signal.SIGTERM, "whole\n")
