"""The recipes of docs/recipes.md, run from the page's own text: the same bits from any number of workers."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import fastinit
from tests.support.paths import ROOT
from tests.support.peak_memory import PEAK

pytestmark = pytest.mark.framework

PAGE = (ROOT / "docs" / "recipes.md").read_text()
RECIPES = dict(re.findall(r"^```python needs (\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
TABLE = fastinit.Weight((100_000, 64), "embedding_uniform", seed=7, name="user_id")


def needs(package):
    """Return the mark of a test that needs a package: all but two are among those of the tests."""
    return pytest.mark.skipif(
        importlib.util.find_spec(package) is None, reason=f"{package} is not installed"
    )


def run(package, folder, *options, after="", **constants):
    """Run a recipe in a new process, with other constants, and then some lines of a test."""
    text = RECIPES[package]
    for name, value in constants.items():
        text, count = re.subn(rf"^{name} = \d+", f"{name} = {value}", text, flags=re.MULTILINE)
        assert count == 1
    script = folder / "recipe.py"
    script.write_text(text + after)
    # Ray and Spark keep files in the home directory.
    environment = os.environ | {"HOME": str(folder), "RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run(
        [sys.executable, *options, script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def function(package, name, **variables):
    """Return a function of a recipe without its decorators, which need the package."""
    [found] = [
        node
        for node in ast.parse(RECIPES[package]).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    found.decorator_list = []
    names = {"np": np, **variables}
    exec(compile(ast.Module([found], []), "recipe", "exec"), names)  # noqa: S102 - our own
    return names[name]


def test_all_recipes_are_tested():
    assert set(RECIPES) == {"joblib", "ray", "pyspark", "pyarrow"}


@needs("joblib")
@pytest.mark.parametrize("workers", [1, 3])
def test_joblib(workers, tmp_path):
    run("joblib", tmp_path, "-W", "error", WORKERS=workers)
    assert np.load(tmp_path / "table.npy").tobytes() == np.asarray(TABLE).tobytes()


@needs("ray")
@pytest.mark.parametrize("workers", [1, 3])
def test_ray(workers, tmp_path):
    run("ray", tmp_path, WORKERS=workers)
    assert np.load(tmp_path / "table.npy").tobytes() == np.asarray(TABLE).tobytes()


def test_the_task_of_ray_without_ray():
    rows = function("ray", "make_rows")(TABLE, 99_990, 100_000)
    assert rows.tobytes() == TABLE[99_990:].tobytes()
    is_right = function("ray", "is_right")
    assert is_right(TABLE, 99_990, rows)
    assert not is_right(TABLE, 99_989, rows)


@needs("pyspark")
@needs("pyarrow")
@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
@pytest.mark.parametrize("partitions", [1, 5])
def test_spark(partitions, tmp_path):
    from pyarrow import parquet  # noqa: PLC0415 - where it is installed

    run("pyspark", tmp_path, PARTITIONS=partitions)
    assert len(list((tmp_path / "table.parquet").glob("*.parquet"))) == partitions
    columns = parquet.read_table(tmp_path / "table.parquet").sort_by("id")
    table = fastinit.Weight((20_000, 16), "embedding_uniform", seed=7, name="user_id")
    assert np.array_equal(columns["id"], np.arange(20_000))
    values = columns["row"].combine_chunks().flatten().to_numpy()
    assert values.tobytes() == np.asarray(table).tobytes()


def test_the_function_of_spark_without_spark():
    """Spark calls it with an iterator of frames of one partition, in any order."""
    pandas = pytest.importorskip("pandas")
    add_rows = function("pyspark", "add_rows", table=TABLE)
    batches = [[99_999, 3, 17], [], range(50_000, 60_000)]
    frames = (pandas.DataFrame({"id": np.array(ids, np.int64)}) for ids in batches)
    for frame, ids in zip(add_rows(frames), batches, strict=True):
        assert list(frame.columns) == ["id", "row"]
        assert frame["id"].tolist() == list(ids)
        if len(ids):
            assert np.stack(frame["row"]).tobytes() == TABLE.rows(ids).tobytes()


PARTS = """
import os
os.mkdir("parts")
for dtype in ("float32", "bfloat16"):
    table = fastinit.Weight((20_000, 64), "embedding_uniform", seed=7, name="user_id", dtype=dtype)
    for start, stop in [(15_000, 20_000), (0, 1), (1, 15_000)]:
        write_rows(f"parts/{start}.parquet", table, start, stop)
    assert read_rows("parts", table).tobytes() == np.asarray(table).tobytes()
assert sum(map(os.path.getsize, ["parts/" + name for name in os.listdir("parts")])) < 2.1 * table.size
"""

#: A table of 512 MB, in a process whose peak may be 150 MB above what its libraries take.
BOUNDED = f"""{PEAK}
before = peak()
table = fastinit.Weight((1_000_000, 128), "he_uniform", seed=7, name="user_id")
write_rows("large.parquet", table, 0, len(table))
assert pq.ParquetFile("large.parquet").metadata.num_row_groups == -(-len(table) // ROWS)
print("bytes above:", peak() - before)
"""


@needs("pyarrow")
def test_parquet(tmp_path):
    run("pyarrow", tmp_path, "-W", "error", after=PARTS, ROWS=4096)


@needs("pyarrow")
def test_parquet_in_bounded_memory(tmp_path):
    output = run("pyarrow", tmp_path, after=BOUNDED).stdout
    (tmp_path / "large.parquet").unlink()
    assert int(output.rpartition(":")[2]) < 150e6


@pytest.fixture
def cluster(tmp_path):
    """Return a function that runs the page's scripts: Slurm's programs run what they are given."""
    pytest.importorskip("yaml")
    scripts = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    programs = {
        "srun": 'shift\nexec "$@"',
        "scontrol": 'echo "$@" >> scontrol.log',
        "sbatch": 'case $1 in --parsable) echo 12;; *) echo "$1" > sbatch.log; bash -c "$3";; esac',
        "fastinit": f'exec {sys.executable} -m fastinit "$@"',
    }
    (tmp_path / "bin").mkdir()
    for name, body in {**programs, "array": scripts[0], "submit": scripts[1]}.items():
        program = tmp_path / "bin" / name
        program.write_text(body if body.startswith("#!") else f"#!/bin/bash\n{body}\n")
        program.chmod(0o755)
    tables = "".join(f"  t{k}: {{shape: [1000, {k}]}}\n" for k in range(1, 12))
    (tmp_path / "tables.yaml").write_text(
        f"defaults: {{seed: 7, scheme: he_normal}}\ntables:\n{tables}"
    )
    array = tmp_path / "bin" / "array"
    array.write_text(array.read_text().replace("5GB", "20KB"))
    submit = tmp_path / "bin" / "submit"
    submit.write_text(submit.read_text().replace("5GB", "20KB"))

    def call(name, **variables):
        environment = os.environ | variables | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
        return subprocess.run(
            [f"bin/{name}"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return call


def task(number):
    return {
        "SLURM_ARRAY_TASK_ID": str(number),
        "SLURM_CPUS_PER_TASK": "1",
        "SLURM_JOB_ID": str(20 + number),
    }


def test_slurm_arrays(cluster, tmp_path):
    *most, last = np.random.default_rng(17).permutation(range(1, 9))
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda number: cluster("array", **task(number)), most))
    assert [each.returncode for each in done] == [0] * 7, [each.stderr for each in done]
    assert cluster("submit").returncode == 1, "a shard is missing"
    for _ in range(2):  # Slurm repeats a task
        done = cluster("array", **task(last))
        assert done.returncode == 0, done.stderr
    after = cluster("submit")
    assert after.returncode == 0, after.stderr
    assert (tmp_path / "sbatch.log").read_text() == "--dependency=afterok:12\n"
    assert not (tmp_path / "scontrol.log").exists()
    assert len(list((tmp_path / "model").glob("*.safetensors"))) > 8
    assert fastinit.verify(tmp_path / "model")


def test_a_task_that_reaches_its_time_limit_is_queued_again(cluster, tmp_path):
    (tmp_path / "bin" / "srun").write_text("#!/bin/bash\nexit 143\n")
    assert cluster("array", **task(3)).returncode == 143
    assert (tmp_path / "scontrol.log").read_text() == "requeue 23\n"
    (tmp_path / "bin" / "srun").write_text("#!/bin/bash\nexit 3\n")
    (tmp_path / "scontrol.log").unlink()
    assert cluster("array", **task(3)).returncode == 3
    assert not (tmp_path / "scontrol.log").exists()
