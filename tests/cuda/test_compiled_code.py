"""What NVIDIA's compiler makes of the kernels, without a GPU; all of them: tests/programs/gpu_code.py."""

import sys

import pytest

from fastinit._engine.cuda import compiler
from fastinit._engine.cuda.source import Kernel, all_kernels
from fastinit._engine.kernel_arguments import Kind
from fastinit._memory.dtypes import FormatNumber
from tests.programs import gpu_code

pytestmark = pytest.mark.once

KERNELS = [
    Kernel("contiguous", Kind.NORMAL, FormatNumber.FLOAT32),
    Kernel("box", Kind.TRUNCATED_TAIL, FormatNumber.BFLOAT16),
    Kernel("quantized", Kind.UNIFORM, FormatNumber.FLOAT32),
]


@pytest.fixture
def nvrtc():
    return pytest.importorskip("cuda.bindings.nvrtc")


def test_each_operation_is_rounded_by_itself_and_nothing_is_spilled(nvrtc):
    line, wrong = gpu_code.check("sm_90", KERNELS)
    assert wrong == []
    assert line.startswith("sm_90: 3 kernels")


def test_the_rules_are_broken_by_other_options(nvrtc, monkeypatch):
    text = 'extern "C" __global__ void f(float *x) { x[0] = x[1] / x[2] + x[3] * sqrtf(x[4]); }'
    monkeypatch.setattr(compiler, "program", lambda _: text)
    assert gpu_code.wrong_operations(compiler.compile_kernels((), "sm_90").assembly) == []
    monkeypatch.setattr(compiler, "OPTIONS", ("--use_fast_math",))
    made = compiler.compile_kernels((), "sm_90")
    assert {each.partition(".")[0] for each in gpu_code.wrong_operations(made.assembly)} >= {
        "fma",
        "div",
        "sqrt",
    }


@pytest.mark.parametrize(
    "operation",
    ["fma.rn.f32", "mul.f32", "add.ftz.f32", "div.full.f32", "rcp.approx.f64", "st.local.u32"],
)
def test_wrong_operations_are_named(operation):
    text = f"\tadd.rn.f32 \t%f1, %f2, %f3;\n\t@%p1 {operation} \t%f1, %f2;\n\tret;\n"
    assert gpu_code.wrong_operations(text) == [operation]


def test_kernels_that_are_too_large_are_named():
    report = (
        "ptxas info    : Function properties for a_b\nptxas         .     {} bytes stack frame, {} bytes "
        "spill stores, 0 bytes spill loads\nptxas info    : Used {} registers, used 0 barriers\n"
    )
    assert gpu_code.wrong_sizes(report.format(0, 0, 64), {"a_b"}) == []
    for sizes in ((40, 0, 20), (0, 36, 20), (0, 0, 65)):
        (line,) = gpu_code.wrong_sizes(report.format(*sizes), {"a_b"})
        assert line.startswith("a_b: ")
    assert gpu_code.wrong_sizes("", {"a_b"}) == ["a_b: not in the report"]


def test_errors_of_the_compiler_are_shown(nvrtc, monkeypatch):
    monkeypatch.setattr(compiler, "program", lambda _: "no such language")
    with pytest.raises(
        RuntimeError, match=r"NVRTC did not compile the kernels for sm_90(.|\n)*error"
    ):
        compiler.compile_kernels((), "sm_90")


def test_no_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "cuda.bindings.nvrtc", None)
    with pytest.raises(ImportError, match=r"pip install 'fastinit-sampler\[cuda\]'"):
        compiler.version()


def test_a_package_without_the_compiler(nvrtc, monkeypatch):
    def missing():
        raise RuntimeError("Failure finding libnvrtc.so")

    monkeypatch.setattr(nvrtc, "nvrtcVersion", missing)
    with pytest.raises(
        ImportError, match=r"needs NVRTC(.|\n)*nvidia-cuda-nvrtc-cu12(.|\n)*libnvrtc"
    ):
        compiler.compile_kernels(all_kernels(), "sm_90")
