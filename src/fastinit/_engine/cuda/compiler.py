"""Compile kernels for a GPU by NVRTC, NVIDIA's compiler for run time.

It needs neither a GPU nor a driver. Guarantees: the options are those of source.py, so that the
arithmetic is that of the contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fastinit._support.extras import require

from .source import OPTIONS, headers, program

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .source import Kernel

EXTRA = "cuda"


class Compiled(NamedTuple):
    """What the compiler made."""

    binary: bytes
    """Code for one architecture, as a driver loads it."""
    assembly: str
    """The same in PTX, the language between C++ and the code."""
    report: str
    """Registers and memory of each kernel, if they were asked for."""


def _nvrtc() -> Any:
    return require("cuda.bindings.nvrtc", EXTRA)


def _version(nvrtc: Any) -> tuple[int, int]:
    """Return the version of the compiler, or raise because it is not there."""
    try:
        _, major, minor = nvrtc.nvrtcVersion()
    except Exception as error:
        raise ImportError(
            "filling the memory of a GPU needs NVRTC, which cuda-bindings does not find: pip "
            f"install 'fastinit-sampler[{EXTRA}]', or for a driver of CUDA 12: pip install "
            f"'cuda-bindings==12.*' nvidia-cuda-nvrtc-cu12 ({error})"
        ) from error
    return major, minor


def version() -> tuple[int, int]:
    """Return the version of the compiler, such as (13, 0), or raise an ImportError."""
    return _version(_nvrtc())


def architectures() -> list[int]:
    """Return what the compiler makes code for: 90 stands for sm_90."""
    nvrtc = _nvrtc()
    _version(nvrtc)
    _, found = nvrtc.nvrtcGetSupportedArchs()
    return list(found)


def compile_kernels(
    kernels: Iterable[Kernel], architecture: str, *, report: bool = False
) -> Compiled:
    """Return the code of some kernels for an architecture, such as ``sm_90``."""
    nvrtc = _nvrtc()
    _version(nvrtc)
    names, texts = zip(*headers().items(), strict=True)
    _, made = nvrtc.nvrtcCreateProgram(
        program(kernels).encode(),
        b"fastinit.cu",
        len(names),
        [text.encode() for text in texts],
        [name.encode() for name in names],
    )
    options = [*OPTIONS, f"--gpu-architecture={architecture}"]
    if report:
        options.append("--ptxas-options=-v")
    try:
        (status,) = nvrtc.nvrtcCompileProgram(
            made, len(options), [option.encode() for option in options]
        )
        log = _text(nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, made).decode()
        if status != nvrtc.nvrtcResult.NVRTC_SUCCESS:
            raise RuntimeError(
                f"NVRTC did not compile the kernels for {architecture}: {status.name}\n{log}"
            )
        return Compiled(
            binary=_text(nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN, made),
            assembly=_text(nvrtc.nvrtcGetPTXSize, nvrtc.nvrtcGetPTX, made).rstrip(b"\0").decode(),
            report=log.rstrip("\0"),
        )
    finally:
        nvrtc.nvrtcDestroyProgram(made)


def _text(size: Any, read: Any, made: Any) -> bytes:
    """Return what two functions of NVRTC give: a size, and that many bytes."""
    _, count = size(made)
    buffer = bytes(count)  # a new object, into which NVRTC writes
    read(made, buffer)
    return buffer
