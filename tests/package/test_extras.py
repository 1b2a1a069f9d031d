"""Optional packages that are not there, or are there and cannot be imported."""

from __future__ import annotations

import sys

import pytest

from fastinit._support.extras import require


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a function that writes a package's text, and makes it importable under a new name."""
    name = "a_package_of_this_test"
    monkeypatch.syspath_prepend(tmp_path)

    def write(text):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text)
        return name

    yield write
    for each in [module for module in sys.modules if module.startswith(name)]:
        del sys.modules[each]


@pytest.mark.parametrize("module", ["no_such_package", "no_such_package.part.of_it"])
def test_not_installed(module):
    with pytest.raises(ImportError) as raised:
        require(module, "extra")
    assert str(raised.value) == f"this needs {module}: pip install 'fastinit-sampler[extra]'"
    assert raised.value.name == "no_such_package"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import no_such_package", "No module named 'no_such_package'"),
        ("import a_package_of_this_test.compiled", "No module named 'a_package_of_this_test.compiled'"),
        ("from math import no_such_name", "cannot import name 'no_such_name' from 'math'"),
        ("raise ImportError('libcudart.so: cannot open shared object file')", "libcudart.so: cannot open"),
    ],
)  # fmt: skip
def test_installed_and_broken(package, text, reason):
    name = package(text)
    with pytest.raises(
        ImportError, match=f"^{name} is installed, but importing it failed: "
    ) as raised:
        require(name, "extra")
    assert reason in str(raised.value)
    assert "pip install" not in str(raised.value)


def test_other_exceptions_are_the_package_s(package):
    with pytest.raises(OSError, match=r"^no such library$"):
        require(package("raise OSError('no such library')"), "extra")
