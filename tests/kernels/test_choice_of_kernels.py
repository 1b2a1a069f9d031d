"""Which kernels this machine can run, which are taken, and which are refused."""

from __future__ import annotations

import platform
import re
from pathlib import Path

import pytest

from fastinit._kernels import dispatch, processor

pytestmark = pytest.mark.once

FLAGS = Path("/proc/cpuinfo")
NEEDED = {
    "avx2": {"avx2", "fma", "f16c"},
    "avx512": {"avx2", "fma", "f16c", "avx512f", "avx512dq", "avx512bw", "avx512vl"},
}


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not FLAGS.exists(), reason="needs Linux's list of x86 flags"
)
@pytest.mark.parametrize("isa", NEEDED)
def test_the_kernel_of_linux_says_the_same_of_the_cpu(isa):
    flags = set(re.search(r"^flags\s*: (.*)$", FLAGS.read_text(), re.MULTILINE)[1].split())
    assert processor.supports(isa) is (NEEDED[isa] <= flags)


def test_a_machine_has_the_instructions_of_one_family():
    assert processor.supports("generic") is True
    assert processor.supports("neon") is (platform.machine() in ("aarch64", "arm64"))


def test_an_unknown_instruction_set_is_no_unsupported_one():
    with pytest.raises(ValueError, match="no instruction set is called 'sse9'"):
        processor.supports("sse9")


@pytest.mark.parametrize("forced", [None, ""])
@pytest.mark.parametrize("supported", [{"generic"}, {"generic", "avx2"}, {*dispatch.ISAS}])
def test_the_fastest_kernels_of_this_build_and_cpu_are_taken(monkeypatch, supported, forced):
    compiled = dispatch.compiled_isas()
    monkeypatch.setattr(processor, "supports", supported.__contains__)
    assert dispatch.ISAS == ("generic", "neon", "avx2", "avx512")  # the slowest first
    assert dispatch.choose_isa(forced) == [isa for isa in compiled if isa in supported][-1]


@pytest.mark.parametrize("isa", dispatch.compiled_isas())
def test_forced_kernels_are_taken_or_refused(monkeypatch, isa):
    monkeypatch.setattr(processor, "supports", lambda name: name in ("generic", isa))
    assert dispatch.choose_isa(isa) == isa
    monkeypatch.setattr(processor, "supports", lambda name: name != isa)
    with pytest.raises(ImportError, match=f"does not support {isa}"):
        dispatch.choose_isa(isa)


def test_kernels_that_were_not_built_are_refused_as_such(monkeypatch):
    monkeypatch.setattr(dispatch, "compiled_isas", lambda: ("generic",))
    monkeypatch.setattr(processor, "supports", lambda _: True)
    with pytest.raises(ImportError, match="has no avx2 kernels; it has generic"):
        dispatch.choose_isa("avx2")
    with pytest.raises(
        ImportError, match="'sse9' is not an instruction set: expected generic, neon"
    ):
        dispatch.choose_isa("sse9")


@pytest.mark.parametrize("isa", dispatch.available_isas())
def test_each_name_loads_its_own_kernels(isa):
    assert dispatch.load_kernels(isa).__name__ == f"fastinit._kernels._{isa}"
