"""Signals that wait while a step is done that must not be left half done."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

import fastinit
from fastinit._support import waiting_signals
from fastinit._support.waiting_signals import WaitingSignals
from fastinit.storage.atomic import atomic_file
from fastinit.storage.atomic.small_files import write_small_file
from fastinit.storage.single import saving

pytestmark = pytest.mark.once  # the same on every instruction set

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


def test_each_signal_that_came_is_delivered(handled):
    with WaitingSignals():
        for number in [*NUMBERS, *NUMBERS]:
            signal.raise_signal(number)
    assert handled == NUMBERS


def test_a_handler_that_raises_an_error_loses_no_other_signal(handled):
    def handler(number, frame):
        assert frame is not None
        raise InterruptedError(number)

    signal.signal(signal.SIGTERM, handler)
    signals = WaitingSignals()
    signals.wait()
    for number in NUMBERS:
        signal.raise_signal(number)
    with pytest.raises(InterruptedError):
        signals.deliver()
    assert handled == [signal.SIGINT, signal.SIGHUP]


@pytest.mark.parametrize("put_back", NUMBERS)
def test_a_signal_between_two_handlers_that_are_put_back(handled, monkeypatch, put_back):
    """Whenever a handler raises an error, all handlers are those of the caller afterwards."""

    def handler(number, _):
        raise InterruptedError(number)

    for number in NUMBERS:
        signal.signal(number, handler)
    module = waiting_signals._signal  # noqa: SLF001
    put = module.signal

    def put_and_raise(number, given):
        put(number, given)
        if given is handler and number == put_back and not raised:
            raised.append(number)
            signal.raise_signal(number)

    raised = []
    monkeypatch.setattr(module, "signal", put_and_raise)
    with pytest.raises(InterruptedError), WaitingSignals():
        pass
    assert raised == [put_back]
    assert [signal.getsignal(number) for number in NUMBERS] == [handler] * 3


def test_an_event_loop_is_woken_once(handled):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for each in (ours, theirs):
            each.setblocking(False)
        before = signal.set_wakeup_fd(theirs.fileno())
        try:
            with WaitingSignals():
                signal.raise_signal(signal.SIGINT)
        finally:
            signal.set_wakeup_fd(before)
        assert ours.recv(10) == bytes([signal.SIGINT])
    assert handled == [signal.SIGINT]


@pytest.mark.parametrize("at", ["begin", "end"])
def test_an_interruption_on_the_way_into_or_out_of_the_block(tmp_path, monkeypatch, at):
    """It must not leave the context manager suspended, with its files and its lock."""
    weight = fastinit.Weight((50, 4), "xavier", seed=1, name="w")
    partial_file = saving.partial_file

    class Interrupted:
        def __init__(self, *arguments, **options):
            self.inner = partial_file(*arguments, **options)
            kept.append(self.inner)  # as a traceback keeps it

        def __enter__(self):
            entered = self.inner.__enter__()
            if at == "begin":
                signal.raise_signal(signal.SIGINT)
            return entered

        def __exit__(self, *error):
            if at == "end":
                signal.raise_signal(signal.SIGINT)
            return self.inner.__exit__(*error)

    kept = []
    monkeypatch.setattr(saving, "partial_file", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        weight.save(tmp_path / "w.npy")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    weight.save(tmp_path / "w.npy")
    assert fastinit.verify(tmp_path / "w.npy", weight)


def test_a_small_file_gets_its_name_before_a_signal_is_delivered(tmp_path, monkeypatch):
    give_name = atomic_file.Directory.give_name

    def interrupted(*arguments, **options):
        os.kill(os.getpid(), signal.SIGINT)
        give_name(*arguments, **options)

    monkeypatch.setattr(atomic_file.Directory, "give_name", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_small_file(tmp_path / "x.json", b"{}", force=False)
    assert (tmp_path / "x.json").read_bytes() == b"{}"
    assert len(list(tmp_path.iterdir())) == 1
