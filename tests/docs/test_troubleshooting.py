"""The error messages on the page about troubleshooting are those that the code raises today."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import fastinit
from fastinit._support.extras import require
from tests.support.paths import ROOT

pytestmark = pytest.mark.once

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()
#: What is quoted in headings.
QUOTED = [
    text
    for heading in re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
    for text in re.findall(r"`([^`]+)`", heading)
]
#: Those that are not messages of fastinit.
OF_OTHERS = {
    "command 'gcc' failed",
    "Python.h: No such file or directory",
    "No matching distribution found for fastinit-sampler",
    "module 'fastinit' has no attribute 'Weight'",
    "numpy.dtype size changed",
    "compiled using NumPy 1.x",
    "numpy.core.multiarray failed to import",
    "Illegal instruction",
    "torchrun",
    "FileFormatError",
    "Unable to allocate 46.6 TiB for an array",
}
TABLE = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="u")
READ_ONLY = np.zeros(3, np.float32)
READ_ONLY.flags.writeable = False
SHARED = np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (3,), (0,))


def imported(**variables):
    """Import fastinit in a new process with some settings, and raise what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", "import fastinit"],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    raise RuntimeError(done.stderr)


def not_supported():
    from fastinit._kernels import dispatch, processor  # noqa: PLC0415

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(processor, "supports", lambda isa: isa == "generic")
        patched.setattr(dispatch, "compiled_isas", lambda: ("generic", "avx2", "avx512"))
        dispatch.choose_isa("avx512")


def absent_package():
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(sys.modules, "safetensors", None)
        require("safetensors", "safetensors")


def windows():
    text = (ROOT / "setup.py").read_text()
    raise SystemExit(re.search(r'"(fastinit does not build on Windows)', text).group(1))


def saved_by_two():
    def second(done, total):
        TABLE.save("t.npy", force=True)

    TABLE.save("t.npy", progress=second)


def interrupted():
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TABLE.save("t.npy", resume=True, progress=stop)
    replace(TABLE, seed=1).save("t.npy", resume=True)


def save_twice():
    TABLE.save("t.npy")
    TABLE.save("t.npy")


def cut_off():
    TABLE.save("t.safetensors")
    with open("t.safetensors", "r+b") as file:  # noqa: PTH123
        file.truncate(256_315)
    fastinit.verify("t.safetensors")


def without_formula():
    TABLE.save("t.npy")
    fastinit.verify("t.npy")


def narrow_npy():
    fastinit.Weight((3, 4), "he_normal", seed=0, name="x", dtype="bfloat16").save("b.npy")


def other_contract():
    text = TABLE.to_json().replace('"contract_version": 1', '"contract_version": 2')
    fastinit.Weight.from_json(text)


def requires_grad():
    torch = pytest.importorskip("torch")
    fastinit.normal_(torch.nn.Parameter(torch.zeros(3)), seed=0)


RAISED = {
    "fastinit does not build on Windows": windows,
    "FASTINIT_ISA='avx1024' is not an instruction set": lambda: imported(FASTINIT_ISA="avx1024"),
    "this CPU or its operating system does not support avx512": not_supported,
    "FASTINIT_NUM_THREADS must be a positive integer": lambda: imported(FASTINIT_NUM_THREADS="0"),
    "this needs safetensors: pip install 'fastinit-sampler[safetensors]'": absent_package,
    "another process is writing it": saved_by_two,
    "was made from other weights or options": interrupted,
    "exists; to replace it, pass force=True": save_twice,
    "a .npy file has no formula in it": without_formula,
    ".npy cannot hold bfloat16": narrow_npy,
    "the file has 256,315 bytes, expected 256,320": cut_off,
    "the formula must have contract version 1": other_contract,
    "seed must be in [0, 2**64)": lambda: fastinit.normal(3, seed=-1),
    "he_normal() takes 1": lambda: fastinit.he_normal((3, 4), 0),
    "out must be a NumPy array or a writable buffer": lambda: fastinit.normal_((3, 4)),
    "the shape must have two or more axes in layout 'torch'": lambda: fastinit.he_normal(3),
    "out must not have elements that share memory": lambda: fastinit.normal_(SHARED),
    "out is read-only": lambda: fastinit.normal_(READ_ONLY),
    "a tensor that requires grad": requires_grad,
    "scheme must be one that makes any part of a weight without the rest": lambda: fastinit.Weight(
        (3, 4), "orthogonal", seed=0, name="x"
    ),
}


@pytest.mark.parametrize("message", RAISED)
def test_message_is_that_of_the_code(message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((Exception, SystemExit)) as raised:
        RAISED[message]()
    assert message in str(raised.value)


def test_every_message_of_the_page_is_tested():
    assert set(QUOTED) == {*RAISED, *OF_OTHERS}
