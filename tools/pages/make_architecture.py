"""Draw docs/images/architecture.svg from the imports of the code itself.

    python tools/pages/make_architecture.py

The overview has a box for each layer. Below it, a box is a package, or a module of its own. A box
stands above all that it imports, right below the lowest box that imports it: every line goes down.
A line that others already say, by way of a box in between, is left out. Imports inside functions,
which run on demand, and those for type checkers are no part of the floors. A cycle is an error,
between modules and between boxes.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
KERNELS = SOURCE / "fastinit/_kernels"
DRAWING = ROOT / "docs/images/architecture.svg"
PACKAGE = "fastinit"
CYTHON_IMPORT = re.compile(r'^(?:from\s+(\S+)\s+cimport|include\s+"([^"]+)")', re.MULTILINE)
C_INCLUDE = re.compile(r'^(?:#include\s+|cdef extern from\s+)"([^"]+)"', re.MULTILINE)

#: The boxes of the overview, the highest first, and what each layer does. `fastinit` itself,
#: `__main__` and `typing` only give names or start a program.
LAYERS = {
    "cli": "the commands",
    "torch, jax, keras, dask": "the names and errors of a framework",
    "storage": "files: write, verify",
    "weight": "the formula of a tensor",
    "_schemes": "shape and options → distribution",
    "_random": "call → (seed, stream, index)",
    "_engine": "one fill: regions, chunks, threads",
    "_memory": "array, buffer or tensor → memory",
    "_kernels": "index → words → values → memory",
    "_support": "checks of options, optional imports",
}

Imports = dict[str, set[str]]


@dataclass
class Code:
    """What imports what: when a module is loaded, and on demand."""

    loading: Imports = field(default_factory=dict)
    on_demand: Imports = field(default_factory=dict)


def module_name(path: Path) -> str:
    """Return a file's name as a module: kernels' C headers and Cython parts keep their suffix."""
    place = path.relative_to(SOURCE)
    if path.suffix in (".py", ".pyx"):
        parts = place.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return ".".join(place.parts[:-1]) + "." + place.name


def source_files() -> list[Path]:
    """Return the files of the code, compiled parts too; stubs and generated C are none."""
    found = (SOURCE / PACKAGE).rglob("*")
    return sorted(path for path in found if path.suffix in (".py", ".pyx", ".pxd", ".pxi", ".h"))


def read_code() -> Code:
    """Return the imports of all files."""
    paths = source_files()
    names = {module_name(path) for path in paths}
    code = Code()
    for path in paths:
        name = module_name(path)
        if path.suffix == ".py":
            loading, on_demand = python_imports(path, name, names)
        else:
            loading, on_demand = set(compiled_imports(path, names)), set()
        code.loading.setdefault(name, set()).update(loading - {name})
        code.on_demand.setdefault(name, set()).update(on_demand - loading - {name})
    return code


def python_imports(path: Path, name: str, names: set[str]) -> tuple[set[str], set[str]]:
    """Return what a Python module imports when loaded, and what inside its functions."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    loading: set[str] = set()
    on_demand: set[str] = set()

    def visit(node: ast.AST, found: set[str]) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            found = on_demand
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names} & names
        if isinstance(node, ast.ImportFrom):
            found |= imported_from(node, package, names)
        for child in ast.iter_child_nodes(node):
            visit(child, found)

    visit(ast.parse(path.read_text()), loading)
    return loading, on_demand


def imported_from(node: ast.ImportFrom, package: str, names: set[str]) -> set[str]:
    """Return the modules that one ``from ... import`` names: submodules, or where the names are."""
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
    whole = ".".join(filter(None, (base, node.module or "")))
    found = {f"{whole}.{each.name}" for each in node.names} & names
    if len(found) < len(node.names) and whole in names:
        found.add(whole)
    return found


def compiled_imports(path: Path, names: set[str]) -> Iterator[str]:
    """Yield what a Cython file or a C header takes in from the files beside it."""
    text, package = path.read_text(), ".".join(path.relative_to(SOURCE).parts[:-1])
    for module, included in CYTHON_IMPORT.findall(text):
        yield from {f"{package}.{included or module + '.pxd'}"} & names
    if "#include FASTINIT_LANES" in text:  # the build names one of these
        yield from {f"{package}.{port.name}" for port in ports(path.parent)}
    for header in C_INCLUDE.findall(text):  # found beside the file, or where the build looks
        yield from {module_name(folder / header) for folder in (path.parent, KERNELS)} & names


def ports(lanes: Path) -> list[Path]:
    """Return the headers that implement the lane operations, each for one instruction set."""
    return [path for path in sorted(lanes.glob("*.h")) if "enum { LANES" in path.read_text()]


def imports_of_modules_with_code(code: Code) -> Imports:
    """Return what is imported on loading, less packages that are only a docstring."""
    imported = set().union(*code.loading.values())
    return {name: below for name, below in code.loading.items() if below or name in imported}


def box_of(name: str) -> str:
    """Return the box that a Python module is drawn in: its package, or itself.

    The modules of a package stand side by side in the directory. Those right under `fastinit` and
    `fastinit.storage` belong to different layers, so each has a box.
    """
    parts = name.split(".")
    depth = 3 if parts[1:2] == ["storage"] else 2
    return ".".join(parts[:depth])


def boxes_of(imports: Imports) -> Imports:
    """Return the imports between the boxes of modules."""
    boxes: Imports = {}
    for name, below in imports.items():
        own = box_of(name)
        boxes.setdefault(own, set()).update({box_of(each) for each in below} - {own})
    return boxes


def layer_of(name: str) -> str | None:
    """Return the overview's box of a module; None for one that only gives names or starts."""
    part = name.split(".")[1] if "." in name else ""
    return next((layer for layer in LAYERS if part in layer.split(", ")), None)


def layers_of(imports: Imports) -> Imports:
    """Return the imports between the overview's boxes."""
    layers: Imports = {layer: set() for layer in LAYERS}
    for name, below in imports.items():
        if own := layer_of(name):
            layers[own] |= {layer for each in below if (layer := layer_of(each))} - {own}
    return layers


def floors_of(imports: Imports) -> dict[str, int]:
    """Return the floor of each module, from 0 on; raise ValueError at a cycle."""
    floors: dict[str, int] = {}

    def floor(name: str, above: tuple[str, ...]) -> int:
        if name in above:
            cycle = " imports ".join((*above[above.index(name) :], name))
            raise ValueError(f"a cycle: {cycle}")
        if name not in floors:
            below = (floor(each, (*above, name)) for each in sorted(imports[name]))
            floors[name] = max(below, default=-1) + 1
        return floors[name]

    for name in sorted(imports):
        floor(name, ())
    return floors


def without_shortcuts(imports: Imports) -> Imports:
    """Return the imports less those that another import of the module implies."""
    reached: Imports = {}

    def all_below(name: str) -> set[str]:
        if name not in reached:
            reached[name] = set(imports[name]).union(*map(all_below, imports[name]))
        return reached[name]

    return {name: below - set().union(*map(all_below, below)) for name, below in imports.items()}


def hung_up(floors: dict[str, int], imports: Imports) -> dict[str, int]:
    """Return higher floors: a module right below the lowest that imports it makes short lines."""
    hung = dict(floors)
    for name in sorted(floors, key=lambda name: -floors[name]):
        above = [hung[each] for each, below in imports.items() if name in below]
        hung[name] = min(above, default=hung[name] + 1) - 1
    return hung


# The drawing: towers of boxes in rows, one a floor; sizes in pixels.
CHARACTER, BOX_HEIGHT, ROW_HEIGHT, GAP, MARGIN = 7.2, 22, 58, 14, 24
LAYER_HEIGHT, LINE_HEIGHT = 42, 17  # of a box that also says what it does
LARGEST_SCALE = 1.4  # of a tower that is narrower than the drawing
COLOURS = {"cli": "#fde7c8", "storage": "#d9ead3", "_kernels": "#d6e4f5", "": "#f3f3f3"}
FONT = 'font-family="DejaVu Sans Mono, Menlo, monospace" font-size="12"'
NOTES = {
    "Overview": "a layer imports only from the layers below it",
    "Python": "what a package imports stands below it; dashed: imported on demand",
    "Compiled": "a module for each instruction set; dispatch loads one of them",
}


@dataclass
class Tower:
    """Boxes of some modules: where each stands, and how large the whole is."""

    places: dict[str, tuple[float, float]]
    width: float
    height: float
    box_height: float


def label(name: str) -> str:
    """Return the name that a box shows."""
    short = name.removeprefix(f"{PACKAGE}.").removeprefix("_kernels.")
    suffix = Path(short).suffix if Path(short).suffix in (".h", ".pxd", ".pxi") else ""
    return short.removesuffix(suffix).replace(".", "/") + suffix


def box_width(name: str) -> float:
    """Return how wide a box is."""
    return CHARACTER * max(len(label(name)), len(LAYERS.get(name, ""))) + 14


def is_compiled(name: str) -> bool:
    """Say whether a module is one of the kernels' parts, which Cython and C put together."""
    return name.startswith(f"{PACKAGE}._kernels._") or name.endswith((".h", ".pxd", ".pxi"))


def rows_of(names: Iterable[str], imports: Imports) -> list[list[str]]:
    """Return modules by floor, the highest first, each near to those that it is tied to."""
    floors = hung_up(floors_of(imports), imports)
    rows: list[list[str]] = [[] for _ in range(max(floors.values()) + 1)]
    for name in sorted(names):
        rows[-1 - floors[name]].append(name)
    neighbours: Imports = {name: set(below) for name, below in imports.items()}
    for name, below in imports.items():
        for each in below:
            neighbours[each].add(name)
    for _ in range(12):
        places = {name: place for row in rows for name, (place, _) in place_row(row, 0.0).items()}
        for row in rows:
            row.sort(key=lambda name: (_mean([places[n] for n in neighbours[name]]), name))
    return rows


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def place_row(row: list[str], top: float) -> dict[str, tuple[float, float]]:
    """Return the middle of each box of a row, which is centred at 0."""
    places: dict[str, tuple[float, float]] = {}
    left = -(sum(map(box_width, row)) + GAP * (len(row) - 1)) / 2
    for name in row:
        places[name] = (left + box_width(name) / 2, top)
        left += box_width(name) + GAP
    return places


def build(imports: Imports, box_height: float = BOX_HEIGHT) -> Tower:
    """Return the tower of modules that import each other."""
    row_height = ROW_HEIGHT - BOX_HEIGHT + box_height
    rows = rows_of(imports, imports)
    places: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        places |= place_row(row, number * row_height)
    half = max(abs(x) + box_width(name) / 2 for name, (x, _) in places.items())
    return Tower(places, 2 * half, (len(rows) - 1) * row_height + box_height, box_height)


def draw_tower(tower: Tower, imports: Imports, on_demand: Imports) -> Iterator[str]:
    """Yield the lines, then the boxes, of one tower as SVG; the middle of its first row is (0, 0)."""
    for kind, dashes in ((imports, ""), (on_demand, ' stroke-dasharray="5 4"')):
        for name, below in sorted(kind.items()):
            for each in sorted(below & tower.places.keys()):
                (x0, y0), (x1, y1) = tower.places[name], tower.places[each]
                down = tower.box_height / 2 if y1 > y0 else -tower.box_height / 2
                y0, y1 = y0 + down, y1 - down
                bend = y0 + (y1 - y0) * 0.5
                yield (
                    f'<path d="M{x0:.0f} {y0:.0f}C{x0:.0f} {bend:.0f} {x1:.0f} {bend:.0f} '
                    f'{x1:.0f} {y1:.0f}"{dashes}/>'
                )
    for name, (x, y) in sorted(tower.places.items()):
        part = name.removeprefix(f"{PACKAGE}.").partition(".")[0]
        colour = COLOURS.get(part, COLOURS[""])
        width, height = box_width(name), tower.box_height
        yield (
            f'<rect x="{x - width / 2:.0f}" y="{y - height / 2:.0f}" '
            f'width="{width:.0f}" height="{height}" rx="4" fill="{colour}"/>'
        )
        note = escape(LAYERS.get(name, ""))
        first = y + 4 - (LINE_HEIGHT / 2 if note else 0)
        bold = ' font-weight="bold"' if note else ""
        yield f'<text x="{x:.0f}" y="{first:.0f}"{bold}>{escape(label(name))}</text>'
        if note:
            yield f'<text x="{x:.0f}" y="{first + LINE_HEIGHT:.0f}">{note}</text>'


def draw(code: Code) -> str:
    """Return the whole drawing as SVG text."""
    imports = imports_of_modules_with_code(code)
    parts = {
        "Python": {name for name in imports if not is_compiled(name)},
        "Compiled": {name for name in imports if is_compiled(name)},
    }
    lines: list[str] = []
    layers = layers_of(imports)
    top, towers = (
        0.0,
        [("Overview", build(layers, LAYER_HEIGHT), without_shortcuts(layers), Imports())],
    )
    for title, names in parts.items():
        inside = {
            name: code.loading[name] & names for name in names if name != f"{PACKAGE}._kernels"
        }
        for below in inside.values():
            below.discard(f"{PACKAGE}._kernels")  # a package without code
        on_demand = code.on_demand
        if title == "Python":
            on_demand = boxes_of({name: code.on_demand[name] & names for name in inside})
            inside = boxes_of(inside)
        tower = build(inside)
        towers.append((title, tower, without_shortcuts(inside), on_demand))
    width = max(tower.width for _, tower, _, _ in towers) + 2 * MARGIN
    for title, tower, shown, on_demand in towers:
        top += 2 * MARGIN
        lines.append(
            f'<text x="{MARGIN}" y="{top:.0f}" text-anchor="start" font-weight="bold" '
            f'font-size="16">{title}'
            f'<tspan font-weight="normal" fill="#555">: {escape(NOTES[title])}</tspan></text>'
        )
        scale = round(min(LARGEST_SCALE, (width - 2 * MARGIN) / tower.width), 3)
        top += 1.5 * MARGIN + (scale * tower.box_height - BOX_HEIGHT) / 2
        lines.append(f'<g transform="translate({width / 2:.0f} {top:.0f}) scale({scale})">')
        lines += [*draw_tower(tower, shown, on_demand), "</g>"]
        top += scale * tower.height
    size = f"{width:.0f} {top + MARGIN:.0f}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" text-anchor="middle" {FONT}>'
    )
    style = "<style>path{fill:none;stroke:#8a8a8a;stroke-width:.9}rect{stroke:#555}</style>"
    paper = '<rect width="100%" height="100%" fill="#fff" style="stroke:none"/>'
    return "\n".join([head, style, paper, *lines, "</svg>", ""])


if __name__ == "__main__":
    DRAWING.write_text(draw(read_code()))
