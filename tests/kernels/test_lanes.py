"""The lane headers refuse a port that is incomplete, and flags that would change the bits."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from fastinit._kernels.dispatch import available_isas
from tests.support.paths import ROOT
from tests.support.ports import COMPILER, PORTS

KERNELS = ROOT / "src/fastinit/_kernels"
LIST = (KERNELS / "lanes/lanes.h").read_text()
OPERATIONS = re.findall(r"^OPERATION\(\w+, (\w+), ", LIST, re.MULTILINE)

pytestmark = [
    pytest.mark.skipif(COMPILER is None, reason="needs a C compiler"),
    pytest.mark.once,
]


@pytest.fixture
def headers(tmp_path):
    """Return a copy of the headers that a test may change."""
    shutil.copytree(KERNELS, tmp_path / "headers", ignore=shutil.ignore_patterns("*.so", "*.c"))
    return tmp_path / "headers"


def compiler(headers, port, *flags, source='#include "lanes/lanes.h"\n'):
    return subprocess.run(
        [COMPILER, f"-I{headers}", f'-DFASTINIT_LANES="{port}.h"', *flags, "-x", "c", "-"],
        input=source, capture_output=True, text=True, check=False,
    )  # fmt: skip


def errors(headers, port, *flags):
    """Return what the compiler says against the headers, or "" if it accepts them."""
    done = compiler(headers, port, "-fsyntax-only", *flags)
    assert (done.returncode == 0) == (": error: " not in done.stderr)
    return done.stderr


def replace(path, pattern, new):
    changed, count = re.subn(pattern, new, path.read_text())
    path.write_text(changed)
    return count


@pytest.mark.parametrize("port", PORTS)
def test_every_port_compiles_without_warnings(port):
    assert errors(KERNELS, port, *PORTS[port], "-Wall", "-Wextra", "-Werror") == ""


def test_list_has_every_operation_that_the_kernels_use():
    declared = set(
        re.findall(r"\b(\w+)\(.*\) noexcept$", (KERNELS / "lanes.pxd").read_text(), re.MULTILINE)
    )
    composed = (KERNELS / "lanes/narrow_floats.h").read_text()
    made_from_others = {"products_are_rounded", *re.findall(r"LANES_INLINE \w+ (\w+)\(", composed)}
    assert len(declared) > 60
    assert declared - made_from_others <= set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_missing_operation_is_named(headers, name):
    ports = [path for path in (headers / "lanes").iterdir() if path.name != "lanes.h"]
    assert sum(replace(path, rf"\b{name}\b", "renamed") for path in ports)
    found = errors(headers, "portable")
    assert re.search(rf"lanes\.h:\d+:\d+: error: .*\b{name}\b", found), found


def test_operation_of_another_type_is_named(headers):
    port = headers / "lanes/portable.h"
    assert replace(port, "int words_all_negative", "long words_all_negative")
    assert "must define: int words_all_negative(words a)" in errors(headers, "portable")


@pytest.mark.parametrize(
    ("size", "value", "condition"),
    [
        ("LANES", 2, "sizeof(words) == 8 * LANES"),
        ("INTERLEAVE", 3, "BATCH % INTERLEAVE == 0"),
        ("CHAINS", 3, "2 * CHAINS % BATCH == 0"),
        ("NORMALS_TOGETHER", 8, "CHAINS % NORMALS_TOGETHER == 0"),
        ("TRUNCATED_TOGETHER", 3, "2 * BATCH % TRUNCATED_TOGETHER == 0"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(headers, size, value, condition):
    assert replace(headers / "lanes/portable.h", rf"\b{size} = \d+", f"{size} = {value}")
    assert condition in errors(headers, "portable")


def test_another_number_of_octaves_is_refused(headers):
    assert replace(headers / "polynomials.h", r"    OCTAVE\(130, [^)]*\) +\\\n", "")
    assert "FIRST_COMMON_OCTAVE - FIRST_OCTAVE" in errors(headers, "portable")


@pytest.mark.parametrize(
    "flag", ["-ffast-math", "-Ofast", "-ffinite-math-only", "-fno-signed-zeros"]
)
def test_flags_that_change_the_bits_are_refused(flag):
    defined = compiler(KERNELS, "portable", "-dM", "-E", source="").stdout
    if flag == "-fno-signed-zeros" and "__GCC_IEC_559" not in defined:
        pytest.skip("Clang defines no macro that tells")
    assert "must be compiled without -ffast-math" in errors(KERNELS, "portable", flag)


FUSING_PORTS = [port for port in ("avx2", "neon") if port in PORTS and port in available_isas()]


@pytest.mark.parametrize("port", FUSING_PORTS)
@pytest.mark.parametrize("contraction", ["off", "fast"])
def test_fused_multiply_add_is_seen(tmp_path, port, contraction):
    program = tmp_path / "program"
    # The caller's rounding mode must not matter.
    source = """
        #include <fenv.h>
        #include "lanes/lanes.h"
        int main(void) { fesetround(FE_UPWARD); return products_are_rounded(); }
        """
    contract = f"-ffp-contract={contraction}"
    flags = (*PORTS[port], "-O3", contract, "-Wl,--no-as-needed", "-lm", "-o", str(program))
    done = compiler(KERNELS, port, *flags, source=source)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([program], check=False).returncode == (contraction == "off")
