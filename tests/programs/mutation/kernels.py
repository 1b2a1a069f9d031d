"""Break the kernels on purpose, one edit at a time, and see which test fails.

    python -m tests.programs.mutation.kernels                    # every edit: about an hour on one CPU
    python -m tests.programs.mutation.kernels --seconds 600
    python -m tests.programs.mutation.kernels "word of 0 in a truncated normal"

The edits are in kernel_edits.py. Each is made in a copy of the checkout. Only the module that it
concerns is compiled, as setup.py says but with little optimisation, which changes no bit. Then the
tests run until one fails. Verdicts go to docs/trust/kernel-mutants.txt, those of other edits stay.
"""

from __future__ import annotations

import argparse
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import Cython.Build
import setuptools
from setuptools.command.build_ext import build_ext

from fastinit._kernels.processor import supports
from tests.programs.mutation.kernel_edits import EDITS, LANES, RESULTS, Edit, read_verdicts
from tests.support.paths import ROOT
from tests.support.ports import RUNNABLE

COPIED = ("src", "tests", "tools", "bench", "docs", "examples", "pyproject.toml", "setup.py",
          "README.md", "CONTRIBUTING.md", "CHANGELOG.md")  # fmt: skip
CHEAP = ("-O1", "-fno-tree-vectorize")
LIMIT = 900  # seconds for the tests of one edit: an edit can make a loop endless

#: What runs after the tests that an edit names, the fastest first.
TESTS = {
    "kernels": (
        "tests/kernels/test_exports.py",
        "tests/kernels/test_philox.py",
        "tests/kernels/test_accuracy.py",
        "tests/kernels/test_narrow_floats.py",
        "tests/kernels/test_bits.py",
        "tests/kernels/test_golden.py",
        "tests/kernels/test_kernel_arguments.py",
        "tests/kernels/test_lane_operations.py",
        "tests/schemes/test_structured.py",
        "tests/schemes/test_quantized.py",
        "tests/engine/test_engine.py",
        "tests/schemes/test_truncated_normal.py",
        "tests/random/test_bit_generator.py",
        "tests/weight/test_weight.py",
        "tests/kernels/test_statistics.py",
        "tests/weight/test_against_reference.py",
    ),
    "moments": (
        "tests/kernels/test_moments.py",
        "tests/kernels/test_kernel_arguments.py",
        "tests/storage/test_receipts.py",
        "tests/kernels/test_bits.py",
    ),
    "processor": ("tests/engine/test_engine.py", "tests/kernels"),
    "bit_generator": ("tests/random", "tests/kernels/test_bits.py"),
}
#: Edits without a module to compile are those of the choice of kernels.
TESTS[""] = TESTS["processor"]
#: What runs in their place with --quick, which kills most edits and finds no survivor.
QUICK = ("tests/kernels/test_golden.py",)
KERNELS = ("generic", "portable", "avx2", "avx512", "neon")
#: Alone in the copy, so that no test compares the edited kernels with others.
ALONE = ("generic", "portable")


def extension_of(module: str, edited: str) -> setuptools.Extension:
    """Return a module as setup.py builds it, with little optimisation."""
    with mock.patch("setuptools.setup"), mock.patch("Cython.Build.cythonize") as cythonize:
        extensions = runpy.run_path("setup.py")["extensions"]
    name = "generic" if module == "portable" else module
    (found,) = (each for each in extensions if each.name.rpartition(".")[2].lstrip("_") == name)
    if module == "portable":
        found.define_macros[0] = ("FASTINIT_LANES", '"portable.h"')
    found.extra_compile_args.extend(CHEAP)
    source = Path(found.sources[0]).with_suffix(".c")
    if edited.endswith(".h") and source.exists():
        found.sources = [str(source)]
        return found
    arguments = cythonize.call_args.kwargs | {"nthreads": 0, "force": True, "quiet": True}
    return Cython.Build.cythonize([found], **arguments)[0]


def build(module: str, edited: str = "") -> None:
    """Compile one module in the working folder, and put it where Python finds it."""
    extension = extension_of(module, edited)
    distribution = setuptools.Distribution(
        {"ext_modules": [extension], "package_dir": {"": "src"}, "script_name": "setup.py"}
    )
    command = build_ext(distribution)
    command.inplace = command.force = True
    command.ensure_finalized()
    command.run()


class Checkout:
    """A copy of the checkout, which is the working folder and has one edit at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in COPIED:
            source = ROOT / name
            copy = shutil.copytree if source.is_dir() else shutil.copy2
            copy(source, folder / name)
        os.chdir(folder)
        self.modules = folder / "modules"  # as they were
        self.modules.mkdir()
        for path in Path("src").rglob("*.so"):
            shutil.copy2(path, self.modules)
        for path in Path("src/fastinit").rglob("*.c"):
            path.unlink()

    def restore_modules(self, module: str) -> None:
        """Put the modules back, without those that `module` must not be compared with."""
        for path in self.modules.iterdir():
            package = "_random" if path.name.startswith("bit_generator") else "_kernels"
            place = Path("src/fastinit") / package / path.name
            if module in ALONE and path.name.startswith("_"):
                place.unlink(missing_ok=True)
            else:
                shutil.copy2(path, place)

    def test(self, tests: tuple[str, ...], *options: str) -> str:
        """Run tests until one fails. Return that test, or "" if they pass."""
        there = [test for test in tests if Path(test.partition("::")[0]).exists()]
        command = [sys.executable, "-m", "pytest", "-x", "-v", "--no-header", "--tb=no", "-rN",
                   "-p", "no:cacheprovider", "-m", "not slow and not framework", *options, *there]  # fmt: skip
        environment = os.environ | {
            "PYTHONPATH": str(self.folder / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
            )
        except subprocess.TimeoutExpired as late:
            status, output = 1, (late.stdout or b"").decode()
        else:
            status, output = done.returncode, done.stdout
        started = re.findall(r"^(tests/\S+::.+?)(?= (?:PASSED|FAILED|ERROR|SKIPPED|XFAIL)| *$)", output,
                             re.MULTILINE)  # fmt: skip
        if status == 0:
            return ""
        return started[-1] if started else "the import of fastinit"


def can_run(module: str) -> str:
    """Return why this machine cannot run a module, or an empty string."""
    if module in ("avx2", "avx512", "neon") and not supports(module) and module not in RUNNABLE:
        return f"this CPU has no {module}"
    return ""


def is_emulated(module: str) -> bool:
    """Return whether only the programs of tests can run a module's operations."""
    return module == "neon" and not supports(module)


def failing_test(edit: Edit, checkout: Checkout, *, quick: bool) -> str:
    """Build the module of an edit that is made. Return the first test that fails, or ""."""
    if edit.tests == LANES:  # they compile the headers themselves, so the modules stay as they are
        port = Path(edit.file).stem
        checkout.restore_modules("")
        failed = checkout.test(LANES, *(("-k", port) if port in RUNNABLE else ()))
        if failed or is_emulated(edit.module):
            return failed
    checkout.restore_modules(edit.module)
    if edit.module:
        build(edit.module, edit.file)
    others = QUICK if quick else TESTS["kernels" if edit.module in KERNELS else edit.module]
    return checkout.test((*edit.tests, *(test for test in others if test not in edit.tests)))


def verdict_on(edit: Edit, checkout: Checkout, *, quick: bool) -> tuple[str, str]:
    """Make one edit, build, test, and undo it. Return a verdict and its reason."""
    missing = can_run(edit.module)
    if missing:
        return "not run", missing
    path = Path("src/fastinit") / edit.file
    original = path.read_text()
    path.write_text(edit.apply(original))
    try:
        failed = failing_test(edit, checkout, quick=quick)
    except Exception as error:  # noqa: BLE001 - the compilers raise errors of many types
        return "does not compile", type(error).__name__
    finally:
        path.write_text(original)
        if not edit.file.endswith(".h"):
            for source in Path("src/fastinit").rglob("*.c"):
                source.unlink()
    if failed:
        return "killed", failed
    if quick:
        return "not run", "not seen by the first tests"
    return ("equivalent", edit.equivalent) if edit.equivalent else ("SURVIVED", "")


def without_edits(verdicts: dict[str, tuple[str, str]], checkout: Checkout) -> list[str]:
    """Return the tests that killed an edit and also fail without it, in the same cheap build."""
    failed = []
    for module in {edit.module for edit in EDITS}:
        killers = {
            verdicts[edit.name][1]
            for edit in EDITS
            if edit.module == module and verdicts.get(edit.name, ("", ""))[0] == "killed"
        }
        killers.discard("the import of fastinit")
        if not killers:
            continue
        checkout.restore_modules(module)
        if module and not is_emulated(module):
            build(module)
        failed.append(checkout.test(tuple(sorted(killers))))
    return [test for test in failed if test]


def write_verdicts(verdicts: dict[str, tuple[str, str]]) -> None:
    """Write the table of all edits."""
    rows = [
        (edit.name, f"{edit.file} ({edit.module})" if edit.module else edit.file,
         *verdicts.get(edit.name, ("not run", "")))
        for edit in EDITS
    ]  # fmt: skip
    found = [verdict for _, _, verdict, _ in rows]
    summary = ", ".join(
        f"{found.count(verdict)} {verdict.lower()}"
        for verdict in ("killed", "SURVIVED", "equivalent", "does not compile", "not run")
    )
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [
        "# Edits of the kernels that were made on purpose, and the first test that failed.",
        "# python -m tests.programs.mutation.kernels; tests/programs/mutation/kernel_edits.py has the edits.",
        f"# {len(rows)} edits: {summary}",
    ]
    for row in rows:
        columns = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*columns, row[3]]).rstrip())
    RESULTS.write_text("\n".join(lines) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="edits, default: all")
    parser.add_argument("--count", type=int, help="so many edits, evenly over the table")
    parser.add_argument("--seconds", type=float, help="begin no edit after so many seconds")
    parser.add_argument("--missing", action="store_true", help="only edits without a verdict")
    parser.add_argument("--quick", action="store_true", help="run the first tests only")
    options = parser.parse_args()
    unknown = {*options.names} - {edit.name for edit in EDITS}
    if unknown:
        parser.error(f"no such edit: {', '.join(sorted(unknown))}")
    verdicts = read_verdicts()
    by_name = {edit.name: edit for edit in EDITS}
    chosen = [by_name[name] for name in options.names or by_name]
    if options.missing:
        chosen = [edit for edit in chosen if verdicts.get(edit.name, ("not run",))[0] == "not run"]
    if options.count and options.count < len(chosen):
        chosen = [chosen[i * len(chosen) // options.count] for i in range(options.count)]
    begun = time.monotonic()
    made = {}
    with tempfile.TemporaryDirectory(prefix="kernel-mutants-") as folder:
        checkout = Checkout(Path(folder))
        for edit in chosen:
            if options.seconds and time.monotonic() - begun > options.seconds:
                break
            start = time.monotonic()
            made[edit.name] = verdict_on(edit, checkout, quick=options.quick)
            write_verdicts(read_verdicts() | {edit.name: made[edit.name]})
            took = time.monotonic() - start
            print(f"{edit.name}: {': '.join(made[edit.name])} ({took:.0f} s)", flush=True)
        wrong = without_edits(made, checkout)
        os.chdir(ROOT)
    for test in wrong:
        print(f"fails without any edit: {test}")
    survived = [name for name, (verdict, _) in made.items() if verdict == "SURVIVED"]
    return int(bool(survived or wrong))


if __name__ == "__main__":
    sys.exit(main())
