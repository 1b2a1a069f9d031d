"""Threads: interruption, errors, fork, many callers; CPUs; the floating-point environment."""

from __future__ import annotations

import _thread
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import numpy as np
import pytest

import fastinit
from fastinit._engine import engine, threads
from fastinit._engine.helper_threads import Helpers
from tests.support.peak_memory import PEAK


def python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", PEAK + textwrap.dedent(code)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_chunks_cover_everything_and_end_on_huge_pages():
    for size in (1, 1000, 3_000_000, 40_000_001):
        array = np.empty(size + 3, np.float32)[3:]
        bounds = engine.chunk_bounds(array, engine.CHUNK_BYTES)
        assert bounds[0] == 0
        assert bounds[-1] == size
        assert all(a < b for a, b in itertools.pairwise(bounds))
        for bound in bounds[1:-1]:
            assert (array.ctypes.data + 4 * bound) % engine.HUGE_PAGE == 0


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_an_exception_in_any_chunk_reaches_the_caller(threads):
    done = []

    def fill_chunk(begin, _):
        done.append(begin)
        if begin == 5:
            raise MemoryError("chunk 5")

    with pytest.raises(MemoryError, match="chunk 5"):
        engine.run_chunks(fill_chunk, list(range(1001)), threads)
    assert len(done) < 1000


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_chunks_run_once_each(threads):
    done = []
    engine.run_chunks(lambda begin, end: done.append((begin, end)), list(range(101)), threads)
    assert sorted(done) == [(i, i + 1) for i in range(100)]


def test_fewer_threads_when_the_system_has_no_more(monkeypatch):
    def refuse(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_thread, "start_new_thread", refuse)
    done = []
    engine.run_chunks(lambda begin, _: done.append(begin), list(range(11)), 4)
    assert done == list(range(10))


def test_a_signal_after_a_thread_has_started(monkeypatch):
    """The thread runs already when its start is interrupted: it too must have ended at the end."""
    start = _thread.start_new_thread
    running = threading.Event()
    active = []

    def interrupted(function, arguments):
        start(function, arguments)
        running.wait()
        raise KeyboardInterrupt

    def fill_chunk(begin, _):
        active.append(begin)
        running.set()
        time.sleep(0.1)
        active.remove(begin)

    monkeypatch.setattr(_thread, "start_new_thread", interrupted)
    with pytest.raises(KeyboardInterrupt):
        engine.run_chunks(fill_chunk, list(range(11)), 4)
    assert not active


def test_signals_while_the_caller_waits_for_a_thread():
    """The thread ends, then the exception of the last signal is raised."""
    begun = threading.Event()
    ended = []

    def work():
        begun.set()
        time.sleep(0.2)
        ended.append(True)

    def stop(*_):
        raise TimeoutError

    helpers = Helpers(work)
    helpers.start(1)
    begun.wait()
    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        with pytest.raises(TimeoutError):
            helpers.join()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert ended


def test_a_thread_that_begins_late_is_not_waited_for_and_does_nothing(monkeypatch):
    late = []
    monkeypatch.setattr(_thread, "start_new_thread", lambda *call: late.append(call))
    done = []
    engine.run_chunks(lambda begin, _: done.append(begin), list(range(11)), 3)
    assert done == list(range(10))
    helpers = Helpers(lambda: done.append("late"))
    helpers.start(1)
    assert helpers.join() == 0
    assert len(late) == 3
    for function, arguments in late:
        function(*arguments)
    assert done == list(range(10))


def test_a_thread_that_begins_late_does_not_keep_the_memory(monkeypatch):
    """Otherwise shared memory could not be closed after a fill."""
    late = []
    monkeypatch.setattr(_thread, "start_new_thread", lambda *call: late.append(call))
    array = np.zeros(1 << 19, np.float32)
    kept = weakref.ref(array)
    fastinit.uniform_(array, seed=1, threads=2)
    del array
    assert late
    assert kept() is None


@pytest.mark.parametrize("threads", ["1", "2"])
def test_ctrl_c(threads):
    """SIGINT during fills of 1.6 GB: raised within 0.2 s, and nothing is written afterwards."""
    result = python(
        f"""
        import itertools, os, signal, threading, time
        import numpy as np
        import fastinit
        out = np.empty(200_000_000)
        fastinit.uniform_(out, seed=0, threads={threads})
        sent = []
        def interrupt():
            time.sleep(0.05)
            sent.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=interrupt).start()
        try:
            for seed in itertools.count():
                fastinit.normal_(out, seed=seed, threads={threads})
        except KeyboardInterrupt:
            print(time.perf_counter() - sent[0])
            written = out[::1000].copy()
            time.sleep(0.1)
            print((out[::1000] == written).all())
        """
    )
    delay, is_unchanged = result.stdout.splitlines()
    assert float(delay) < 0.2
    assert is_unchanged == "True"


def test_fork():
    result = python(
        """
        import os, warnings
        import numpy as np
        import fastinit
        warnings.simplefilter("ignore")
        expected = fastinit.normal(3_000_000, seed=1, threads=4)
        pid = os.fork()
        if pid == 0:
            same = np.array_equal(fastinit.normal(3_000_000, seed=1, threads=4), expected)
            os._exit(0 if same else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """
    )
    assert result.stdout.strip() == "0", result.stderr


def test_many_python_threads_at_once():
    expected = fastinit.normal(1_000_003, seed=1)
    results = [None] * 8

    def work(i):
        results[i] = np.array_equal(fastinit.normal(1_000_003, seed=1, threads=2), expected)

    workers = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert results == [True] * 8


def test_num_threads(monkeypatch):
    monkeypatch.setattr(threads, "_num_threads", None)
    assert fastinit.get_num_threads() == threads.usable_cpus() <= len(os.sched_getaffinity(0))
    fastinit.set_num_threads(3)
    assert fastinit.get_num_threads() == 3
    fastinit.set_num_threads(None)
    assert fastinit.get_num_threads() == threads.usable_cpus()
    with pytest.raises(ValueError, match="at least 1"):
        fastinit.set_num_threads(0)
    with pytest.raises(TypeError, match="integer"):
        fastinit.set_num_threads("2")


def test_a_quota_is_read_again_after_a_second(monkeypatch):
    quotas = iter([2.0, 3.0])
    clock = [100.0]
    monkeypatch.setattr(threads, "quota_cpus", lambda: next(quotas))
    monkeypatch.setattr(threads, "_last_quota", (float("inf"), -float("inf")))
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    found = []
    for passed in (0, 0.5, 0.4, 0.2, 0.7):
        clock[0] += passed
        found.append(threads.recent_quota_cpus())
    assert found == [2, 2, 2, 3, 3]


def test_num_threads_from_the_environment():
    code = "import fastinit; print(fastinit.get_num_threads())"
    assert python(code, FASTINIT_NUM_THREADS="5").stdout.strip() == "5"
    assert (
        "FASTINIT_NUM_THREADS must be a positive" in python(code, FASTINIT_NUM_THREADS="no").stderr
    )
    assert "FASTINIT_NUM_THREADS must be" in python(code, FASTINIT_NUM_THREADS="0").stderr


@pytest.mark.parametrize(
    ("text", "expected"), [("max 100000", float("inf")), ("150000 100000", 1.5)]
)
def test_cgroup_quota(tmp_path, text, expected):
    own = tmp_path / "cgroup"
    own.write_text("0::/a/b\n")
    (tmp_path / "root/a/b").mkdir(parents=True)
    (tmp_path / "root/a/cpu.max").write_text(text)
    assert threads.quota_cpus(tmp_path / "root", own) == expected
    own.write_text("4:cpu,cpuacct:/a\n")
    (tmp_path / "root/cpu/a").mkdir(parents=True)
    (tmp_path / "root/cpu/a/cpu.cfs_quota_us").write_text("50000")
    (tmp_path / "root/cpu/a/cpu.cfs_period_us").write_text("100000")
    assert threads.quota_cpus(tmp_path / "root", own) == 0.5
    assert threads.quota_cpus(tmp_path / "root", tmp_path / "absent") == float("inf")


@pytest.mark.parametrize("isa", fastinit.available_isas())
def test_forced_instruction_set(isa):
    result = python("import fastinit; print(fastinit.active_isa())", FASTINIT_ISA=isa)
    assert result.stdout.strip() == isa


def test_an_instruction_set_that_cannot_be_forced():
    code = "import fastinit"
    missing = "neon" if "avx2" in fastinit.compiled_isas() else "avx2"
    assert "this build of fastinit has no" in python(code, FASTINIT_ISA=missing).stderr
    assert "is not an instruction set" in python(code, FASTINIT_ISA="sse9").stderr
    refused = python(
        """
        from fastinit._kernels import dispatch
        dispatch.processor.supports = lambda isa: isa == "generic"
        dispatch.choose_isa(dispatch.compiled_isas()[-1])
        """
    )
    assert "this CPU or its operating system does not support" in refused.stderr


@pytest.mark.parametrize("isa", fastinit.available_isas())
def test_flush_to_zero_and_rounding_of_the_host_do_not_matter(isa):
    """A host program may change the floating-point environment; it gets it back as it was."""
    result = python(
        """
        import ctypes
        import numpy as np
        import fastinit
        def digest():
            parts = [f(4099, -0.3, 0.7, dtype=d, seed=1).tobytes()
                     for f in (fastinit.uniform, fastinit.normal) for d in ("f4", "f8")]
            return hash(b"".join(parts))
        libm = ctypes.CDLL("libm.so.6")
        expected = digest()
        for mode in (0x400, 0x800, 0xC00):
            libm.fesetround(mode)
            assert digest() == expected, mode
            assert libm.fegetround() == mode
        libm.fesetround(0)
        print("same")
        """,
        FASTINIT_ISA=isa,
    )
    assert result.stdout.strip() == "same", result.stderr


def test_extra_memory_is_small():
    result = python(
        """
        import numpy as np
        import fastinit
        out = np.ones(50_000_000, np.float32)
        strided = np.ones((5_000_000, 4), np.float32)[:, ::2]
        before = peak()
        fastinit.normal_(out, seed=1)
        fastinit.normal_(strided, seed=1)
        print(peak() - before)
        """
    )
    assert int(result.stdout) < 16 << 20


def test_command_line():
    result = subprocess.run(
        [sys.executable, "-m", "fastinit", "info"], capture_output=True, text=True, check=True
    )
    assert f"contract         {fastinit.CONTRACT_VERSION}" in result.stdout
    assert "active" in result.stdout
    result = subprocess.run(
        [sys.executable, "-m", "fastinit", "demo", "--rows", "1000"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "1,000 x 64 float32" in result.stdout
    assert "GB/s" in result.stdout
