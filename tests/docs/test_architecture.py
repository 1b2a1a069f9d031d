"""The code is built in floors: modules import only from below, and the drawing shows it as it is."""

from __future__ import annotations

import ast
import re

import pytest

import make_architecture as architecture
from tests.support.paths import ROOT

pytestmark = pytest.mark.once

#: What a floor may reach above itself for, on demand: methods that save, kinds of file or memory that
#: only some callers have, and the version.
UPWARD = {
    ("fastinit.weight", "fastinit.storage"),
    ("fastinit._memory.arrays", "fastinit._memory.dlpack"),
    ("fastinit._memory.arrays", "fastinit._memory.tensorflow_tensors"),
    ("fastinit._engine.engine", "fastinit._engine.cuda.fills"),
    ("fastinit.keras.tensors", "fastinit.keras.on_jax"),
    ("fastinit.keras.tensors", "fastinit.keras.on_tensorflow"),
}


def test_floors_import_only_from_below():
    code = architecture.read_code()
    floors = architecture.floors_of(code.loading)  # raises at a cycle
    for name, below in code.loading.items():
        assert all(floors[each] < floors[name] for each in below), name
    assert floors["fastinit._kernels.lanes.lanes.h"] < floors["fastinit._kernels.philox.pxd"]
    assert (
        floors["fastinit._memory.arrays"]
        < floors["fastinit._engine.engine"]
        < floors["fastinit.weight"]
    )


def test_what_is_imported_on_demand_from_above_is_listed():
    code = architecture.read_code()
    floors = architecture.floors_of(code.loading)
    upward = {
        (name, each)
        for name, found in code.on_demand.items()
        for each in found
        if floors[each] >= floors[name]
    }
    assert upward == UPWARD, "a floor reaches above itself: move the code, or say why in UPWARD"


def test_the_drawing_is_current():
    drawn = architecture.draw(architecture.read_code())
    assert architecture.DRAWING.read_text() == drawn, "run: python tools/pages/make_architecture.py"


def test_every_module_is_drawn():
    drawn = architecture.DRAWING.read_text()
    for name in architecture.imports_of_modules_with_code(architecture.read_code()):
        box = name if architecture.is_compiled(name) else architecture.box_of(name)
        assert f">{architecture.label(box)}</text>" in drawn or box == "fastinit._kernels"
    assert drawn.count("<rect") > 40


def test_the_overview_has_ten_boxes_which_are_the_layers_that_import_linter_checks():
    layers = {part for layer in architecture.LAYERS for part in layer.split(", ")}
    text = (ROOT / "pyproject.toml").read_text().split('containers = ["fastinit"]\nlayers = [')[1]
    checked = re.findall(r"\w+", " ".join(re.findall(r'"(.+?)"', text.split("]")[0])))
    assert layers == set(checked) - {"__main__", "typing"}
    assert len(architecture.LAYERS) == 10
    drawn = architecture.DRAWING.read_text()
    for layer, what in architecture.LAYERS.items():
        assert f">{layer}</text>\n" in drawn
        assert f">{what}</text>\n" in drawn


def test_the_overview_shows_what_its_layers_import():
    imports = {
        "fastinit": {"fastinit.weight"},
        "fastinit.jax.arrays": {"fastinit.weight", "fastinit.typing"},
        "fastinit.weight": {"fastinit._engine.engine"},
        "fastinit._engine.engine": {"fastinit._engine.threads", "fastinit._kernels.dispatch"},
    }
    layers = architecture.layers_of(imports)
    assert {name: below for name, below in layers.items() if below} == {
        "torch, jax, keras, dask": {"weight"},
        "weight": {"_engine"},
        "_engine": {"_kernels"},
    }
    assert list(layers) == list(architecture.LAYERS)


def test_boxes_are_packages():
    imports = {
        "p.a.b": {"p.a.c", "p.storage.x.y"},
        "p.a.c": set(),
        "p.storage.x.y": {"p.w"},
        "p.w": set(),
    }
    assert architecture.boxes_of(imports) == {
        "p.a": {"p.storage.x"},
        "p.storage.x": {"p.w"},
        "p.w": set(),
    }


def test_a_cycle_is_seen():
    with pytest.raises(ValueError, match="a cycle: a imports b imports c imports a"):
        architecture.floors_of({"a": {"b"}, "b": {"c"}, "c": {"a"}})


def test_shortcuts_are_left_out():
    imports = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert architecture.without_shortcuts(imports) == {"a": {"b"}, "b": {"c"}, "c": set()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "from . import kernel_arguments, engine",
            {"fastinit._engine.kernel_arguments", "fastinit._engine.engine"},
        ),
        ("from .kernel_arguments import as_float", {"fastinit._engine.kernel_arguments"}),
        ("from fastinit._engine import engine", {"fastinit._engine.engine"}),
        ("from fastinit import uniform", {"fastinit"}),
        ("from fastinit._kernels.dispatch import KERNELS", {"fastinit._kernels.dispatch"}),
        ("from os import path", set()),
    ],
)
def test_imports_are_read(text, expected):
    names = set(architecture.read_code().loading)
    assert (
        architecture.imported_from(ast.parse(text).body[0], "fastinit._engine", names) == expected
    )
