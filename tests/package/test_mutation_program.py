"""The program that breaks the code: what it changes, and what it leaves."""

from __future__ import annotations

import ast

import pytest

from tests.programs.mutation.mutants import mutants_of, sample
from tests.support.paths import ROOT

pytestmark = pytest.mark.once

#: A statement, and what it becomes.
EDITS = {
    "if size < limit:\n    raise ValueError('x')": [
        "if False:\n    raise ValueError('x')",
        "if (size <= limit):\n    raise ValueError('x')",
        "if size < limit:\n    pass",
    ],
    "lock.acquire()": ["pass"],
    "with lock:\n    os.fsync(file)": [
        "with __import__('contextlib').nullcontext():\n    os.fsync(file)",
        "with lock:\n    pass",
    ],
    "fan = (a + b) / 2": [
        "fan = ((a + b) // 2)",
        "fan = ((a - b)) / 2",
        "fan = (a + b) / (2 + 1)",
    ],
    "save(path, threads=threads)": ["pass", "(save(path))"],
    "while True:\n    continue": [
        "while False:\n    continue",
        "while False:\n    continue",
        "while True:\n    break",
    ],
    "rest = -data[1:]": ["rest = (data[1:])", "rest = -(data[:])", "rest = -data[(1 + 1):]"],
    "low = min(a, b) if a not in c else 0.5": [
        "low = max(a, b) if a not in c else 0.5",
        "low = min(a, b) if (not (a not in c)) else 0.5",
        "low = min(a, b) if (a in c) else 0.5",
        "low = min(a, b) if a not in c else (0.5 + 1)",
    ],
    "try:\n    f()\nexcept (OSError, ValueError):\n    pass": [
        "try:\n    pass\nexcept (OSError, ValueError):\n    pass",
        "try:\n    f()\nexcept (OSError,):\n    pass",
    ],
    "self.size = 'a' and b": ["pass", "self.size = ('a' or b)", "self.size = 'aX' and b"],
    "def f():\n    'Text.'\n    return not x": [
        "def f():\n    'Text.'\n    return None",
        "def f():\n    'Text.'\n    return (x)",
    ],
    "total += 1": ["total -= 1", "total += (1 + 1)"],
}

#: Texts for people, types and names that no test can notice.
LEFT = (
    "def f(a: 'int' = None) -> 'str': ...",
    "if TYPE_CHECKING:\n    import x",
    "__all__ = ['a']",
    "text = f'a{b + 1}'",
    "Mode = Literal['fan_in']",
    "assert size > 0",
)


@pytest.mark.parametrize("source", EDITS)
def test_edits(tmp_path, source):
    (tmp_path / "m.py").write_text(source)
    found = [each.apply(source.encode()).decode() for each in mutants_of(tmp_path / "m.py", "m.py")]
    assert sorted(found) == sorted(EDITS[source])


@pytest.mark.parametrize("source", LEFT)
def test_what_is_left(tmp_path, source):
    (tmp_path / "m.py").write_text(source)
    assert mutants_of(tmp_path / "m.py", "m.py") == []


def test_each_edit_of_the_package_is_python():
    for path in sorted((ROOT / "src" / "fastinit").rglob("*.py")):
        source = path.read_bytes()
        unchanged = ast.dump(ast.parse(source))
        for mutant in mutants_of(path, path.name)[::60]:
            assert ast.dump(ast.parse(mutant.apply(source))) != unchanged
            assert mutant.old.encode() in source


def test_a_sample_is_spread_evenly():
    assert sample(range(1000), 4, 0.5) == [125, 375, 625, 875]
    assert sample(range(3), 10, 0.5) == [0, 1, 2]
