"""No control character reaches a terminal, whatever a file or an argument contains."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import fastinit
from fastinit.cli.output import complain, printable, say
from fastinit.storage.formats import safetensors
from tests.support.commands import status_of

pytestmark = pytest.mark.once  # the same on every instruction set

#: A cleared screen, a new title, C1 controls, a reversed line, line breaks of ASCII and Unicode, DEL.
HOSTILE = "\x1b[2J\x1b]0;t\x07\x9b1m\u202e\u2066\n\r\x85\u2028\u2029\x7f\u200b"
SOURCES = Path(fastinit.__file__).parent
FORMULA = ["--shape", "4", "--scheme", "zeros", "--seed", "0"]


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capfd):
    """Run a command; check what it prints, and that it shows the hostile text in escaped form."""

    def run_(*arguments, status, shows=True):
        assert status_of(*arguments) in (status if isinstance(status, tuple) else (status,))
        printed = "".join(capfd.readouterr())
        assert all(letter.isprintable() or letter == "\n" for letter in printed), printed
        if shows:
            # The beginning, because some errors shorten what they quote.
            assert "\\x1b[2J" in printed or "\\u001b[2J" in printed
            # The hostile line break is escaped: nothing that follows it begins a line.
            assert not any(line.startswith("\\r") for line in printed.splitlines())
        return printed

    return run_


def file_with(entries, data=b"", path="m.safetensors"):
    text = json.dumps(entries).encode()
    Path(path).write_bytes(len(text).to_bytes(8, "little") + text + data)


def tensor(**changes):
    return {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]} | changes


def test_names_and_dtypes_of_tensors(run):
    weight = fastinit.Weight((4,), "ones", seed=0, name=HOSTILE)
    file_with(json.loads(safetensors.header([weight])[8:]), bytes(16))
    for more in ([], ["--sample", 1]):
        run("verify", "m.safetensors", *more, status=1)
    run("verify", "m.safetensors", "--json", status=1)
    for more in ([], ["--json"]):
        run("info", "m.safetensors", *more, status=0)
    run("verify", "m.safetensors", *FORMULA, "--name", "w", status=1, shows=False)
    run("verify", "m.safetensors", *FORMULA, "--name", HOSTILE, "--dtype", "float64", status=1)
    file_with({HOSTILE: tensor(dtype=HOSTILE)}, bytes(16))
    run("info", "m.safetensors", status=0)
    run("verify", "m.safetensors", status=2)
    run("plot", "m.safetensors", status=2)
    run("create", "new.safetensors", "--template", "m.safetensors", "--seed", 0, "--scheme", "zeros",
        status=2)  # fmt: skip
    for damage in ({HOSTILE: tensor(shape=HOSTILE)}, {HOSTILE: 5, "w": HOSTILE}):
        file_with(damage, bytes(16))
        run("info", "m.safetensors", status=1, shows=False)


@pytest.mark.parametrize(
    "key", ["name", "dtype", "scheme", "seed", "options", "padding_idx", HOSTILE]
)
def test_formulas(run, key):
    weight = fastinit.Weight((4,), "ones", seed=0, name="w")
    formula = json.loads(weight.to_json()) | {key: {HOSTILE: 1} if key == "options" else HOSTILE}
    file_with({"__metadata__": {"fastinit.w": json.dumps(formula)}, "w": tensor()}, bytes(16))
    run("info", "m.safetensors", status=0)
    run("verify", "m.safetensors", status=1, shows=key in (HOSTILE, "dtype"))


def test_template_with_hostile_names(run):
    file_with({HOSTILE: tensor()}, bytes(16))
    for target in ("new.safetensors", "set/"):
        run("create", target, "--template", "m.safetensors", "--seed", 0, "--scheme", "he_normal",
            status=2)  # fmt: skip
        run("create", target, "--template", "m.safetensors", "--seed", 0, "--scheme", "zeros", status=0,
            shows=False)  # fmt: skip


def test_names_of_files(run):
    made = f"{HOSTILE}.npy"
    run("create", made, *FORMULA, "--name", "w", status=0)
    run("create", made, *FORMULA, "--name", "w", status=2)
    run("verify", made, *FORMULA, "--name", "w", status=0)
    run("verify", made, *FORMULA, "--name", "w", "--scheme", "ones", status=1)
    run("compare", f"{made}.receipt.json", f"{made}.receipt.json", "--json", status=0, shows=False)
    run("info", f"{HOSTILE}.absent", status=3)
    run("verify", made, status=0)
    run("compare", made, made, status=0)
    run("diff", made, made, status=0, shows=False)
    run("verify", made, "--seed", 1, status=2, shows=False)
    run("create", f"{HOSTILE}/w.npy", *FORMULA, "--name", "w", status=3)
    run("create", made, *FORMULA, "--name", "w", "--scheme", "normal", "--force", status=0)
    run("plot", made, status=0)


def test_arguments(run):
    for arguments in ([HOSTILE], ["create", "w.npy", "--shape", HOSTILE], ["info", "a", HOSTILE],
                      ["bench", "--dtypes", HOSTILE], ["create", "w.npy", f"--{HOSTILE}"]):  # fmt: skip
        assert " --help`" in run(*arguments, status=2).splitlines()[-1]


@pytest.mark.parametrize("index", [
    {"weight_map": {HOSTILE: f"{HOSTILE}.safetensors"}},
    {"weight_map": {"w": f"../{HOSTILE}.safetensors"}},
    {"weight_map": {HOSTILE: [HOSTILE]}},
    {"weight_map": HOSTILE},
], ids=["absent", "elsewhere", "list", "text"])  # fmt: skip
@pytest.mark.parametrize("command", ["info", "verify"])
def test_indices(run, command, index):
    Path("m.safetensors.index.json").write_text(json.dumps(index))
    shows = not isinstance(index["weight_map"], str)
    run(
        command,
        "m.safetensors.index.json",
        status=1 if command == "verify" else (1, 3),
        shows=shows,
    )


def test_receipts(run):
    fastinit.save("w.npy", fastinit.Weight((4,), "zeros", seed=0, name=HOSTILE), receipt=True)
    fastinit.save("v.npy", fastinit.Weight((4,), "ones", seed=0, name=HOSTILE), receipt=True)
    run("compare", "w.npy.receipt.json", "v.npy.receipt.json", status=1)
    run("verify", "v.npy", "--receipt", "w.npy.receipt.json", status=1)
    Path("r.json").write_text(json.dumps({"receipt_version": HOSTILE}))
    run("verify", "v.npy", "--receipt", "r.json", status=2)


def test_configurations(run):
    for text in (
        "{HOSTILE",
        f'{{"tables": {{{json.dumps(HOSTILE)}: 5}}}}',
        json.dumps({HOSTILE: 1}),
    ):
        for name in ("c.json", "c.yaml"):
            Path(name).write_text(text)
            run("create", "w.safetensors", "--config", name, status=2, shows=False)


def test_zarr_attributes(run):
    pytest.importorskip("zarr")
    fastinit.save("w.zarr", fastinit.Weight((4,), "zeros", seed=0, name=HOSTILE))
    run("info", "w.zarr", status=0)
    array = Path("w.zarr/zarr.json")
    given = json.loads(array.read_text())
    given["attributes"]["fastinit"] = HOSTILE
    array.write_text(json.dumps(given))
    for command in ("info", "verify"):
        run(command, "w.zarr", status=(1, 2), shows=False)


def test_warnings_of_commands():
    """NumPy's parser warns of what a .npy header contains; the program prints it in one line."""
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), '\\\xe2\x80\xae\\\x1b': 1}\n"
    Path("w.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    command = [sys.executable, "-W", "always", "-m", "fastinit", "info", "w.npy"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "warning: invalid escape sequence" in done.stderr
    assert all(letter.isprintable() or letter == "\n" for letter in done.stderr)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_terminals_of_any_encoding(encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    say("é \ud800 中", stream)
    stream.flush()
    shown = stream.buffer.getvalue().decode(encoding)
    assert shown == {"ascii": "\\xe9 \\ud800 \\u4e2d\n", "utf-8": "é \\ud800 中\n"}.get(
        encoding, "é \\ud800 \\u4e2d\n"
    )


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_names_in_other_locales(locale):
    weight = fastinit.Weight((4,), "zeros", seed=0, name="中")
    fastinit.save("é.safetensors", weight)
    Path("é.safetensors").rename(os.fsdecode(b"\xff.safetensors"))  # not UTF-8
    for settings in (
        {},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ):
        environment = os.environ | {"LC_ALL": locale} | settings
        command = [sys.executable, "-m", "fastinit", "verify", b"\xff.safetensors"]
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b""), settings
        assert done.stdout.startswith(b"\\udcff.safetensors: 16 bytes")


def test_printable_keeps_letters_and_escapes_the_rest():
    assert printable("é中 a\\b") == "é中 a\\b"
    assert printable(HOSTILE).isprintable()


def test_errors_take_one_line(capsys):
    complain(ValueError("a\nb"))
    assert capsys.readouterr().err == "fastinit: a\\nb\n"


def test_only_one_function_prints():
    """All other code of the package hands its text to `say`."""
    found = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name) and node.id == "print":
                found.add((path.relative_to(SOURCES).as_posix(), "print"))
            stream = getattr(node, "value", None)
            writes = isinstance(node, ast.Attribute) and node.attr in ("write", "writelines")
            if writes and isinstance(stream, ast.Attribute) and stream.attr in ("stdout", "stderr"):
                found.add((path.relative_to(SOURCES).as_posix(), node.attr))
    assert found == {("cli/output.py", "print")}
