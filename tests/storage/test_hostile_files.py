"""Files that nobody vouches for: a clear error, bounded memory, no crash, no hang."""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys

import numpy as np
import pytest

import fastinit
from fastinit import Normal, Weight
from fastinit.__main__ import main
from fastinit._support import strict_json
from fastinit.storage.formats import safetensors
from fastinit.storage.listing import contents
from tests.support.peak_memory import PEAK

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT = Weight((7, 3), Normal(0.1, 0.3), seed=5, name="w")
DATA = bytes(WEIGHT.nbytes)


def entry(**changes):
    return {"dtype": "F32", "shape": [7, 3], "data_offsets": [0, 84]} | changes


def file_of(header, data=DATA):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def with_formula(text):
    return file_of({"__metadata__": {"fastinit.w": text}, "w": entry()})


def formula(**changes):
    return json.dumps(json.loads(WEIGHT.to_json()) | changes)


BOTH = {"w": entry(data_offsets=[0, 84]), "v": entry(data_offsets=[42, 126])}
HEADERS = {
    "no text": b"{\xff\xfe}",
    "UTF-16": json.dumps({"w": entry()}).encode("utf-16-le"),
    "a lone surrogate": {"\ud800": entry()},
    "a key twice": b'{"w":%b,"w":%b}' % ((json.dumps(entry()).encode(),) * 2),
    "NaN": {"w": entry(data_offsets=[float("nan"), 84])},
    "an infinity": {"w": entry(data_offsets=[0, float("inf")])},
    "an infinity in digits": b'{"w":{"dtype":"F32","shape":[7,3],"data_offsets":[0,1e999]}}',
    "deep arrays": b'{"w":' + b"[" * 200_000,
    "deep objects": b'{"w":' * 200_000,
    "deep and whole": b'{"w":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "digits without end": b'{"w":{"shape":[' + b"9" * 100_000 + b"]}}",
    "no object": b"{}[]",
    "metadata that is a number": {"__metadata__": 5, "w": entry()},
    "metadata that is a list": {"__metadata__": ["fastinit.w"], "w": entry()},
    "metadata of numbers": {"__metadata__": {"fastinit.w": 5}, "w": entry()},
    "an entry that is a number": {"w": 5},
    "an entry that is a list": {"w": [[0, 84]]},
    "no shape": {"w": {"dtype": "F32", "data_offsets": [0, 84]}},
    "a dtype that is a list": {"w": entry(dtype=["F32"])},
    "a shape that is a text": {"w": entry(shape="73")},
    "a shape of lists": {"w": entry(shape=[[7], 3])},
    "a shape of fractions": {"w": entry(shape=[7.0, 3])},
    "a shape of truths": {"w": entry(shape=[True, 21])},
    "a negative length": {"w": entry(shape=[-7, -3])},
    "a huge length": {"w": entry(shape=[1 << 63, 0])},
    "a huge shape": {"w": entry(shape=[1 << 62] * 60)},
    "a million axes": {"w": entry(shape=[1] * 1_000_000)},
    "offsets below 0": {"w": entry(data_offsets=[-84, 0])},
    "offsets backwards": {"w": entry(data_offsets=[84, 0])},
    "three offsets": {"w": entry(data_offsets=[0, 42, 84])},
    "offsets of fractions": {"w": entry(data_offsets=[0.0, 84.0])},
    "offsets beyond the file": {"w": entry(shape=[1 << 40], data_offsets=[0, 1 << 42])},
    "fewer bytes than the shape": {"w": entry(shape=[7, 4])},
    "tensors that overlap": BOTH,
    "a gap before": {"w": entry(shape=[20], data_offsets=[4, 84])},
    "a gap behind": {"w": entry(shape=[20], data_offsets=[0, 80])},
}
FORMULAS = {
    "no JSON": "he_normal",
    "empty": "",
    "no object": "5",
    "deep": "[" * 200_000,
    "NaN": WEIGHT.to_json().replace("0.1", "NaN"),
    "a shape of its own": formula(shape=[1 << 60, 1 << 60]),
    "a shape of a million axes": formula(shape=[1 << 62] * 100_000),
    "another name": formula(name="v"),
    "a name that is a list": formula(name=["w"]),
    "a seed that is a text": formula(seed="5"),
    "a negative seed": formula(seed=-1),
    "a dtype that is none": formula(dtype="nonsense"),
    "a dtype that is a list": formula(dtype=[["a", "f4"]]),
    "a dtype that is an object": formula(dtype={}),
    "a dtype with a comma": formula(dtype="float3,"),
    "a dtype of fields": formula(dtype="float32,float32"),
    "a dtype with a shape": formula(dtype="(2,)f4"),
    "a dtype that only NumPy spells so": formula(dtype="f4"),
    "a dtype without end": formula(dtype="f4," * 300_000),
    "an integer dtype": formula(dtype="int32"),
    "no such scheme": formula(scheme="nonsense"),
    "a scheme that is a list": formula(scheme=["he_normal"]),
    "a private scheme": formula(scheme="__init__"),
    "no such distribution": formula(scheme={"distribution": "Weight"}),
    "a distribution that is a list": formula(scheme={"distribution": []}),
    "a parameter too many": formula(scheme={"distribution": "Normal", "x": 1}),
    "a parameter that is a list": formula(scheme={"distribution": "Normal", "mean": []}),
    "an infinite parameter": formula(scheme={"distribution": "Normal", "mean": "inf"}),
    "a parameter of many digits": formula(scheme={"distribution": "Normal", "mean": 10**4000}),
    "options that are a list": formula(options=[1]),
    "an option that is a field": formula(scheme="he_normal", options={"seed": 5}),
    "no such option": formula(scheme="he_normal", options={"nonsense": 5}),
    "a fan that is none": formula(scheme="he_normal", options={"fan_in": -5}),
    "a fan of many digits": formula(scheme="he_normal", options={"fan_in": 10**4000}),
    "padding beyond": formula(padding_idx=7),
    "padding that is a text": formula(padding_idx="0"),
    "a contract of the future": formula(contract_version=1_000_000),
    "a field too many": formula(extra=1),
}


def npy(header, data=DATA, version=1):
    text = header if isinstance(header, bytes) else header.encode("latin-1")
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def npy_header(descr="'<f4'", shape="(7, 3)", order="False"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}\n"


NPY = {
    "no magic": b"nonsense",
    "a magic alone": b"\x93NUMPY",
    "no version": b"\x93NUMPY\x09\x09" + bytes(100),
    "cut off": npy(npy_header(), b"")[:30],
    "4 GiB of header": b"\x93NUMPY\x02\x00\xff\xff\xff\xff{",
    "a header longer than any": npy(npy_header() + " " * 1_000_000, version=2),
    "deep brackets": npy("(" * 5000),
    "deep signs": npy("-" * 9000 + "1"),
    "an open bracket": npy("{'descr': '<f4', ("),
    "an open quote": npy("{'descr': '''"),
    "a call": npy("__import__('os').system('true')"),
    "a key that is a list": npy("{[]: 1}"),
    "no shape": npy("{'descr': '<f4', 'fortran_order': False}"),
    "a negative length": npy(npy_header(shape="(-7, -3)")),
    "a huge length": npy(npy_header(shape=f"({1 << 70}, 0)")),
    "truths": npy(npy_header(shape="(True, 21)")),
    "a shape that is a text": npy(npy_header(shape="'73'")),
    "a huge shape": npy(npy_header(shape=f"({1 << 62}, {1 << 62})")),
    "objects": npy(npy_header(descr="'|O'")),
    "a dtype that is none": npy(npy_header(descr="'nonsense'")),
    "a dtype that is a dictionary": npy(npy_header(descr="{'a': 1}")),
    "a dtype of tuples": npy(npy_header(descr="[('a', ('b', ('c',)))]")),
    "a void without end": npy(npy_header(descr="'V99999999999999'")),
    "Fortran order": npy(npy_header(order="True")),
    "an order that is a number": npy(npy_header(order="5")),
    "cut off behind the header": npy(npy_header(), DATA[:-1]),
}


@pytest.fixture
def hostile(tmp_path):
    """Write a file, and check that each reader refuses it; its values must not be asked for."""

    def refuses(name, content, *readers):
        path = tmp_path / name
        path.write_bytes(content)
        for reader in readers:
            with pytest.raises(fastinit.FileFormatError) as caught:
                reader(path)
            assert str(caught.value).startswith(str(path))
            assert len(str(caught.value)) < 2000
        return path

    return refuses


def verify(path):
    return fastinit.verify(path)


def verify_given(path):
    return fastinit.verify(path, WEIGHT)


def test_every_dtype_of_weights_has_a_checked_length():
    assert safetensors.ITEMSIZES.keys() >= set(safetensors.DTYPES.values())


@pytest.mark.parametrize("kind", HEADERS)
def test_safetensors_headers(hostile, kind):
    hostile("w.safetensors", file_of(HEADERS[kind]), contents, verify, verify_given)


@pytest.mark.parametrize("kind", FORMULAS)
@pytest.mark.filterwarnings("ignore")
def test_formulas(hostile, kind):
    content = with_formula(FORMULAS[kind])
    path = hostile("w.safetensors", content, verify)
    assert not fastinit.verify(path, WEIGHT)  # zeros: the file is whole, only its formula is bad


@pytest.mark.parametrize("kind", NPY)
def test_npy_headers(hostile, kind):
    hostile("w.npy", NPY[kind], contents, verify_given)


def test_an_array_of_python_objects_is_refused_as_such(tmp_path):
    path = tmp_path / "w.npy"
    path.write_bytes(NPY["objects"])
    with pytest.raises(fastinit.FileFormatError, match="holds Python objects, expected numbers"):
        contents(path)


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 100])
def test_cut_off(hostile, length):
    whole = with_formula(WEIGHT.to_json())
    hostile("w.safetensors", whole[:length], contents, verify, verify_given)
    hostile("w.safetensors", whole[:-1], contents, verify, verify_given)
    hostile("w.safetensors", whole + b"\0", contents, verify, verify_given)


def test_the_cases_start_from_a_good_file(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(with_formula(WEIGHT.to_json())[: -len(DATA)] + np.asarray(WEIGHT).tobytes())
    assert fastinit.verify(path)
    path.write_bytes(file_of({"w": entry(), "v": entry(data_offsets=[84, 168])}, DATA * 2))
    assert [tensor.name for tensor in contents(path)] == ["w", "v"]
    path = tmp_path / "w.npy"
    path.write_bytes(npy(npy_header(), np.asarray(WEIGHT).tobytes()))
    assert fastinit.verify(path, WEIGHT)


def is_refused(reader, path):
    try:
        reader(path)
    except fastinit.FileFormatError:
        return True
    return False


def test_mutations(tmp_path):
    """What coverage-guided fuzzing does for hours, for a second; tests/programs/fuzz_headers.py is that."""
    chance = random.Random(1)  # noqa: S311 - no secret
    header = safetensors.header([WEIGHT])
    pieces = [b"{", b"}", b"[", b"]", b",", b'"', b"-", b"NaN", b"9" * 30, b"\xff", b"null", b"0"]
    refused = 0
    for name, whole in (("w.safetensors", header + DATA), ("w.npy", npy(npy_header()))):
        path = tmp_path / name
        for _ in range(1000):
            content = bytearray(whole)
            for _ in range(chance.randrange(1, 4)):
                place = chance.randrange(len(whole) - len(DATA))
                content[place : place + chance.randrange(3)] = chance.choice(pieces)
            path.write_bytes(content)
            for reader in (contents, verify_given):
                refused += is_refused(reader, path)
    assert refused > 2000


BOMBS = {
    "a header of 100 MB that is not there": ("w.safetensors", struct.pack("<Q", 10**8) + b"{"),
    "an array of arrays": (
        "w.safetensors",
        file_of(b'{"w":{"shape":[' + b"[]," * 600_000 + b"[]]}}"),
    ),
    "an object of objects": (
        "w.safetensors",
        file_of(b"{" + b",".join(b'"%x":{}' % number for number in range(150_000)) + b"}"),
    ),
    "4 GiB of header": ("w.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff{"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_bombs_stay_small(tmp_path, kind):
    name, content = BOMBS[kind]
    (tmp_path / name).write_bytes(content)
    code = f"""{PEAK}if True:
        import resource, sys
        # Asking for what a header claims would fail.
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        import fastinit
        from fastinit.storage.listing import contents
        before = peak()
        try:
            contents(sys.argv[1])
        except fastinit.FileFormatError:
            print(peak() - before)
    """
    command = [sys.executable, "-c", code, str(tmp_path / name)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert int(result.stdout) < 40 * len(content) + (16 << 20)


def test_names_cannot_write_to_the_terminal(tmp_path, capsys):
    path = tmp_path / "w.safetensors"
    path.write_bytes(file_of({"\x1b[2J\u202e\n\x07": entry(dtype="\x1b]0;x\x07"), "é": entry(
        shape=[0], data_offsets=[84, 84])}))  # fmt: skip
    assert main(["info", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "\\x1b[2J\\u202e\\n\\x07" in shown
    assert "é" in shown
    assert not {"\x1b", "\u202e", "\x07"} & set(shown)


@pytest.mark.parametrize("command", [["info"], ["info", "--json"], ["verify"]], ids=" ".join)
@pytest.mark.parametrize("text", ["[" * 200_000, "nonsense"], ids=["deep", "nonsense"])
def test_commands(tmp_path, capsys, command, text):
    path = tmp_path / "w.safetensors"
    path.write_bytes(with_formula(text))
    assert main([*command, str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"fastinit: {path}")


@pytest.mark.parametrize("text", ["{}", '{"a": [1, 2.5, "x", null, true]}', b'{"\xc3\xa9": 1}'])
def test_strict_json_reads_json(text):
    assert strict_json.loads(text) == json.loads(text)
