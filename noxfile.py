"""The checks of this repository, a session for each: ``pip install nox``, then ``nox --list``.

`.ci/run` calls the sessions lint, tests, types, site and sanitizers, among its own steps. Sessions
that need the package and its peers use the virtual environment `.venv-test`, which `tests` makes.
"""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.sessions = ["lint", "tests", "types"]
nox.options.reuse_venv = "yes"

PYPROJECT = nox.project.load_toml("pyproject.toml")
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
TESTED = Path(".venv-test/bin/python").absolute()


def tested(session: nox.Session) -> str:
    """Return the Python that has the package and its peers."""
    if not TESTED.exists():
        session.error("run the session `tests` first: it makes .venv-test")
    return str(TESTED)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format, and that a layer imports only from the layers below it."""
    session.install(*EXTRAS["lint"])
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("cython-lint", *map(str, sorted(Path("src").rglob("*.p[xy][xd]"))))
    session.run("lint-imports", "--no-cache", env={"PYTHONPATH": "src"})


@nox.session(venv_backend="none")
def types(session: nox.Session) -> None:
    """Check the package with strict mypy."""
    python = tested(session)
    session.run(python, "-m", "pip", "install", "-q", *EXTRAS["lint"], external=True)
    session.run(python, "-m", "mypy", external=True)


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """Run all tests, on every instruction set: README's second command."""
    session.run("tools/run_tests", *session.posargs, external=True)


@nox.session(venv_backend="none")
def peers(session: nox.Session) -> None:
    """Test the adapters, with the libraries that they are for."""
    program = ("-m", "tests.programs.run_in_parts", "--frameworks")
    session.run(tested(session), *program, *session.posargs, external=True)


@nox.session(venv_backend="none")
def sanitizers(session: nox.Session) -> None:
    """Run the kernels under three sanitizers; with `matrix`, for hours."""
    python = tested(session)
    needed = PYPROJECT["build-system"]["requires"]
    session.run(python, "-m", "pip", "install", "-q", *needed, external=True)
    for kind in ("asan", "tsan", "valgrind"):
        session.run(
            "tools/sanitize", kind, *(session.posargs or ["short"]), external=True,
            env={"PYTHON": python},
        )  # fmt: skip


@nox.session(venv_backend="none")
def mutation(session: nox.Session) -> None:
    """Break the Python code in 200 places and count what no test notices; takes two hours."""
    session.run(
        tested(session), "-m", "tests.programs.mutation", *session.posargs, external=True,
        env={"PYTHONPATH": "src"},
    )  # fmt: skip


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """Test the examples of the pages, and that pages and pictures are what their scripts make."""
    session.run(
        tested(session), "-m", "pytest", "-q", "tests/docs", *session.posargs, external=True
    )


@nox.session(venv_backend="none")
def site(session: nox.Session) -> None:
    """Build the documentation as a site, in build/site. Warnings are errors, dead links too."""
    python = tested(session)
    session.run(python, "-m", "pip", "install", "-q", *EXTRAS["site"], external=True)
    session.run(
        python, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "tools/site", "docs",
        "build/site", *session.posargs, external=True, env={"KERAS_BACKEND": "jax"},
    )  # fmt: skip


@nox.session(venv_backend="none")
def bench(session: nox.Session) -> None:
    """Run the benchmarks, against NumPy and the peers; needs a quiet machine."""
    python = tested(session)
    session.run(python, "-m", "pip", "install", "-q", *EXTRAS["bench"], external=True)
    session.run(python, "-m", "pytest", "bench", *session.posargs, external=True)
