"""What `import fastinit` alone gives: its public names, and adapters that are imported on use."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from importlib.util import find_spec

import pytest

import fastinit
from fastinit._support.lazy_modules import LazyModule

ADAPTERS = ("torch", "jax", "keras")
MODULES = ("dask", "jax", "keras", "storage", "torch", "typing", "weight")


def skip_without(name):
    """Skip the test without a framework, and do not import it into the process of the tests."""
    if name in ADAPTERS and find_spec(name) is None:
        pytest.skip(f"{name} is not installed")


def run(program):
    """Run a program in a new process."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_dir_lists_what_is_public():
    assert dir(fastinit) == sorted({*fastinit.__all__, *MODULES})
    assert not [name for name in dir(fastinit) if not hasattr(fastinit, name)]


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "others"),
    [("typing", []), ("weight", []), ("storage", []), ("dask", []), ("torch", ["recipes"]),
     ("jax", ["initializers"]), ("keras", ["initializers"])],
)  # fmt: skip
def test_dir_of_a_module_lists_what_is_public(name, others):
    """No import, no private name and no module of the layers below."""
    skip_without(name)
    run(f"""
        import os, types
        os.environ.setdefault("KERAS_BACKEND", "jax")
        import fastinit

        for module in [fastinit.{name}, *(getattr(fastinit.{name}, each) for each in {others})]:
            assert dir(module) == sorted(module.__all__), module
            modules = [each for each in dir(module) if isinstance(getattr(module, each), types.ModuleType)]
            assert set(modules) <= {{*{others}}}, modules
            names = {{}}
            exec(f"from {{module.__name__}} import *", names)
            assert names.keys() - {{"__builtins__"}} == set(dir(module))
    """)


@pytest.mark.parametrize("kind", ["Weight", "Generator", "Philox", "Receipt", "Verification"])
def test_dir_of_a_class_lists_what_it_has(kind):
    found = getattr(fastinit, kind)
    shown = [name for name in dir(found) if not name.startswith("_")]
    assert all(hasattr(found, name) for name in shown)
    modules = [name for name in shown if isinstance(getattr(found, name), type(sys))]
    assert modules == []


@pytest.mark.once
def test_nothing_imports_a_framework():
    run("""
        import copy, inspect, pickle, pydoc, sys
        import fastinit

        for name in dir(fastinit):
            assert hasattr(fastinit, name)
        inspect.getmembers(fastinit)
        assert inspect.getfile(fastinit.torch).endswith("__init__.py")
        assert inspect.ismodule(fastinit.jax) and inspect.unwrap(fastinit.keras)
        names = {}
        exec("from fastinit import *", names)
        assert "torch" not in names and "he_normal" in names
        weight = fastinit.Weight(3, "zeros", seed=0, name="w")
        assert pickle.loads(pickle.dumps(weight)) == weight
        pickle.dumps([fastinit.torch, fastinit.he_normal])
        assert repr(fastinit.torch).startswith("<module 'fastinit.torch' from ")
        assert not {"torch", "jax", "keras", "dask", "tensorflow"} & set(sys.modules)
    """)


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "attribute"),
    [("torch", "kaiming_normal_"), ("jax", "make_array"), ("dask", "from_weight"),
     ("storage", "save"), ("typing", "Mode"), ("weight", "Weight")],
)  # fmt: skip
def test_modules_are_reachable(name, attribute):
    skip_without(name)
    run(f"""
        import pickle, sys
        import fastinit

        module = fastinit.{name}
        assert "fastinit.{name}" not in sys.modules or "{name}" not in {ADAPTERS}
        value = module.{attribute}
        assert value is sys.modules["fastinit.{name}"].{attribute}
        assert fastinit.{name} is sys.modules["fastinit.{name}"]
        assert module.__doc__ == fastinit.{name}.__doc__
        assert dir(module) == dir(fastinit.{name})
        assert pickle.loads(pickle.dumps(module)) is fastinit.{name} if module is not fastinit.{name} else True
    """)


@pytest.mark.once
@pytest.mark.parametrize("statement", ["from fastinit import {0}", "import fastinit.{0}"])
@pytest.mark.parametrize("name", ADAPTERS)
def test_import_statements_import(name, statement):
    """Keras looks its classes up by name, so an import must not be put off."""
    skip_without(name)
    run(f"""
        import os, sys
        os.environ.setdefault("KERAS_BACKEND", "jax")
        {statement.format(name)}
        import fastinit
        assert "{name}" in sys.modules
        assert type(fastinit.{name}) is type(sys)
    """)


@pytest.mark.once
@pytest.mark.parametrize("name", ADAPTERS)
def test_missing_framework(name):
    run(f"""
        import sys
        sys.modules["{name}"] = None  # an import of it fails
        import fastinit

        assert hasattr(fastinit, "{name}")
        for use in ("fastinit.{name}.anything", "from fastinit import {name}"):
            for _ in range(2):
                try:
                    exec(use)
                except ImportError as error:
                    assert "fastinit-sampler[{name}]" in str(error) or "{name}" in str(error), error
                else:
                    raise AssertionError(use)
        assert hasattr(fastinit, "{name}")
    """)


def test_unknown_name():
    with pytest.raises(
        AttributeError, match=r"^module 'fastinit' has no attribute 'he_norml'$"
    ) as raised:
        fastinit.he_norml  # noqa: B018
    assert (raised.value.name, raised.value.obj) == ("he_norml", fastinit)
    with pytest.raises(ImportError, match="cannot import name 'he_norml'"):
        exec("from fastinit import he_norml")  # noqa: S102


def test_lazy_module_without_a_file():
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'fastinit\.nothing'$"):
        LazyModule("fastinit.nothing")
