"""Dask arrays of weights: the bits of the whole, on every scheduler, and after a worker's death."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import dask
import dask.array as da
import numpy as np
import pytest
import zarr
from distributed import Client, LocalCluster, Nanny, Scheduler, SpecCluster

import fastinit
from fastinit import Normal, Weight
from fastinit.dask import from_weight, to_zarr
from tests.support import dask_tasks

WEIGHT = Weight((50, 7, 33), Normal(0.1, 0.3), seed=5, name="w", padding_idx=11)
TABLE = Weight((10_007, 33), "he_normal", seed=2**64 - 1, name="user", dtype="float64")


def same(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


@pytest.fixture(scope="module", params=[(1, 3), (3, 1)], ids=["1x3", "3x1"])
def client(request):
    """Return a client of so many worker processes with so many threads each."""
    workers, threads = request.param
    with cluster(workers, threads) as local, Client(local) as connected:
        yield connected


def cluster(workers, threads):
    return LocalCluster(
        n_workers=workers, threads_per_worker=threads, processes=True, dashboard_address=":0"
    )


SHAPES_AND_CHUNKS = [
    ((), "auto"),
    ((), ()),
    ((0, 5), "auto"),
    ((5, 0), 2),
    ((7,), 3),
    ((7,), 100),
    ((10, 4), ((1, 2, 7), (3, 1))),
    ((50, 7, 33), "auto"),
    ((50, 7, 33), ("auto", -1, 11)),
    ((50, 7, 33), {0: 7, 2: None}),
    ((50, 7, 33), "3 KiB"),
]


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16", "float8_e4m3fn"])
@pytest.mark.parametrize(("shape", "chunks"), SHAPES_AND_CHUNKS, ids=str)
def test_any_chunks_have_the_bits_of_the_whole(shape, chunks, dtype):
    weight = Weight(shape, Normal(0.1, 0.3), seed=5, name="w", dtype=dtype)
    array = from_weight(weight, chunks)
    assert (array.shape, array.dtype) == (shape, weight.dtype)
    assert same(array.compute(scheduler="sync"), weight)


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_schedulers_without_a_cluster(scheduler):
    with dask.config.set(num_workers=2):
        assert same(from_weight(TABLE, (1000, 10)).compute(scheduler=scheduler), TABLE)


@pytest.mark.parametrize("chunks", [(1000, -1), (2500, 20), (((7, 10_000)), (32, 1))], ids=str)
def test_a_cluster_of_processes(client, chunks):
    assert same(from_weight(TABLE, chunks).compute(), TABLE)


@pytest.mark.parametrize(
    "index",
    [
        np.s_[5:40:7],
        np.s_[::-1, 2, 30:3:-4],
        7,
        np.s_[..., -1],
        [3, 49, 3, 0],
        np.s_[:, [6, 0]],
        [],
    ],
    ids=str,
)
def test_indices_are_dasks(index):
    array = from_weight(WEIGHT, (13, 4, 10))
    assert same(array[index].compute(), np.asarray(WEIGHT)[index])
    assert array.vindex[[4, 0], [6, 1], [2, 2]].compute().shape == (2,)


def test_other_arrays_made_of_it():
    array, whole = from_weight(WEIGHT, (13, 4, 10)), np.asarray(WEIGHT)
    assert same(array.rechunk((50, 1, 5)).compute(), whole)
    assert same((array.T * 2 + 1).compute(), whole.T * 2 + 1)
    assert same(array.blocks[1, 0].compute(), whole[13:26, :4])
    assert np.isclose(array.std().compute(), whole.std())


def test_only_the_chunks_that_are_asked_for_are_made(monkeypatch):
    parts = []
    fill = Weight.fill
    monkeypatch.setattr(
        Weight, "fill", lambda *args, **kwargs: (parts.append(args[2]), fill(*args, **kwargs))
    )
    from_weight(WEIGHT, (10, -1, -1))[32:41].compute(scheduler="sync")
    assert {(part[0].start, part[0].stop) for part in parts} == {(30, 40), (40, 50)}


@pytest.mark.parametrize(
    ("given", "expected"), [({}, 1), ({"threads": 3}, 3), ({"threads": None}, None)]
)
def test_threads(monkeypatch, given, expected):
    asked = []
    monkeypatch.setattr(
        Weight, "_fill_box", lambda weight, out, box, threads: asked.append(threads)
    )
    from_weight(WEIGHT, -1, **given).compute(scheduler="sync")
    assert asked == [expected]


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_to_zarr(client, tmp_path, zarr_format):
    array, before = from_weight(TABLE, (1000, -1)), bytes_between_workers(client)
    array.to_zarr(tmp_path / "table.zarr", zarr_format=zarr_format, compressors=None)
    assert bytes_between_workers(client) - before < 16_000  # notes that a chunk is written
    stored = zarr.open(tmp_path / "table.zarr")
    assert stored.metadata.zarr_format == zarr_format
    assert same(stored[...], TABLE)
    assert same(da.from_zarr(tmp_path / "table.zarr")[9_990:].compute(), TABLE[9_990:])


def test_to_zarr_of_a_dtype_that_zarr_lacks(tmp_path):
    weight = Weight((100, 16), "he_normal", seed=1, name="w", dtype="bfloat16")
    from_weight(weight, (30, -1)).view(np.uint16).to_zarr(tmp_path / "table.zarr")
    assert same(zarr.open(tmp_path / "table.zarr")[...].view(weight.dtype), weight)


def test_store_and_npy_stack(client, tmp_path):
    array = from_weight(TABLE, (3000, -1))
    da.to_npy_stack(tmp_path / "stack", array)
    # Not on the workers: CPython 3.11 fails at times where threads parse headers at once
    # ("AST constructor recursion depth mismatch").
    stack = da.from_npy_stack(tmp_path / "stack")
    assert same(stack.compute(scheduler="sync"), TABLE)
    mapped = np.lib.format.open_memmap(
        tmp_path / "table.npy", "w+", dtype=TABLE.dtype, shape=TABLE.shape
    )
    array.store(mapped, scheduler="threads", lock=False)
    assert same(np.load(tmp_path / "table.npy"), TABLE)


def bytes_between_workers(client):
    logs = client.run(lambda dask_worker: list(dask_worker.transfer_incoming_log)).values()
    return sum(transfer["total"] for log in logs for transfer in log)


def wait_until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "this did not come to pass"
        time.sleep(0.02)
    return value


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "made").mkdir()
    return str(tmp_path)


def traced(task, folder):
    """Return the table in 16 chunks, and the same with a task that runs after each fill."""
    array = from_weight(TABLE, (626, -1))
    return array.map_blocks(task, folder, dtype=array.dtype)


def test_a_worker_that_dies_in_a_task(folder):
    with cluster(2, 1) as local, Client(local):
        assert same(traced(dask_tasks.die_once, folder).compute(), TABLE)
    of_the_fatal_block = [process for block, process in dask_tasks.made(folder) if block == 5]
    assert len(of_the_fatal_block) >= 2
    assert len(set(of_the_fatal_block)) >= 2


def test_a_worker_that_is_killed_with_finished_chunks_and_running_tasks(folder):
    with cluster(2, 1) as local, Client(local) as client:
        held = traced(dask_tasks.wait_at_gate, folder).persist()
        counts = lambda: Counter(process for _, process in dask_tasks.made(folder))  # noqa: E731
        wait_until(lambda: set(counts().values()) == {3} and len(counts()) == 2)
        wait_until(lambda: all(len(keys) == 2 for keys in client.has_what().values()))
        process = next(iter(counts()))
        lost = {block for block, maker in dask_tasks.made(folder) if maker == process}
        os.kill(process, signal.SIGKILL)
        Path(folder, "gate").touch()
        assert same(held.compute(), TABLE)
    again = {block for block, maker in dask_tasks.made(folder) if maker != process}
    assert len(lost) == 3
    assert lost <= again


def test_workers_of_mixed_cpu_types():
    workers = {
        isa: {"cls": Nanny, "options": {"nthreads": 1, "env": {"FASTINIT_ISA": isa}}}
        for isa in fastinit.available_isas()
    }
    scheduler = {"cls": Scheduler, "options": {"dashboard_address": ":0"}}
    with SpecCluster(workers, scheduler) as mixed, Client(mixed) as client:
        client.wait_for_workers(len(workers))
        assert sorted(client.run(fastinit.active_isa).values()) == sorted(workers)
        array = from_weight(TABLE, (300, -1)).persist()
        assert same(array.compute(), TABLE)
        assert all(client.has_what().values())


def test_the_graph_does_not_grow_with_the_table():
    sizes = []
    for bits in (20, 50):
        weight = Weight((2 ** (bits - 8), 2**8), Normal(), seed=5, name="w")
        array = from_weight(weight, (2 ** (bits - 18), -1))
        (layer,) = array.dask.layers.values()
        assert not layer.is_materialized()
        assert array.npartitions == 1024
        sizes.append(len(pickle.dumps(layer)))
    assert sizes[1] < 20_000  # some 16 bytes for each bound between two chunks
    assert sizes[1] < sizes[0] + 12 * 1024


def test_a_task_is_the_formula_and_the_box():
    weight = Weight((2**42, 2**8), Normal(), seed=5, name="w")
    array = from_weight(weight, (2**32, -1))
    (layer,) = array.dask.layers.values()
    for block in (0, 1023):
        task = pickle.dumps(layer[(array.name, block, 0)])
        assert weight.to_json().encode() in task
        assert len(task) < len(weight.to_json()) + 700


def test_part_of_a_table_that_cannot_exist():
    weight = Weight((2**54, 2**10), Normal(), seed=5, name="w")
    array = from_weight(weight, (2**46, -1))
    assert array.shape == weight.shape
    few = from_weight(weight, ((2**53, 3, 2**53 - 3), -1)).blocks[1].compute(scheduler="sync")
    assert same(few, weight[2**53 : 2**53 + 3])


def name_of(weight, **kwargs):
    return from_weight(weight, 9, **kwargs).name


def test_equal_formulas_have_equal_keys():
    assert name_of(WEIGHT) == name_of(Weight.from_json(WEIGHT.to_json()))
    code = (
        "from fastinit import Weight; from fastinit.dask import from_weight; import sys;"
        "print(from_weight(Weight.from_json(sys.argv[1]), 9).name)"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, WEIGHT.to_json()], capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == name_of(WEIGHT)


def test_other_formulas_have_other_keys():
    others = [
        Weight((50, 7, 33), Normal(0.1, 0.3), seed=5, name="w"),
        Weight((50, 7, 33), Normal(0.1, 0.3), seed=6, name="w", padding_idx=11),
        Weight((50, 7, 33), Normal(0.1, 0.3), seed=5, name="v", padding_idx=11),
        Weight((50, 7, 33), Normal(0.1, 0.3), seed=5, name="w", padding_idx=11, dtype="float16"),
    ]
    names = {name_of(weight) for weight in [WEIGHT, *others]}
    assert len({*names, from_weight(WEIGHT, 8).name}) == 6


def test_a_worker_of_another_contract_version_refuses(monkeypatch):
    array = from_weight(Weight((4, 3), Normal(), seed=77, name="elsewhere"))
    monkeypatch.setattr("fastinit._random.addressing.CONTRACT_VERSION", 999)
    with pytest.raises(ValueError, match="formula must have contract version 999, got 1"):
        array.compute(scheduler="sync")


def test_options_that_are_numpys_numbers():
    weight = Weight((4, 3), "he_normal", seed=1, name="w", fan_in=np.int64(7))
    assert same(from_weight(weight).compute(scheduler="sync"), weight)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: from_weight(np.ones(3)),
            TypeError,
            "weight must be a fastinit.Weight, got ndarray",
        ),
        (lambda: from_weight(WEIGHT, threads=0), ValueError, "threads must be at least 1, got 0"),
        (
            lambda: from_weight(WEIGHT, threads=True),
            TypeError,
            "threads must be an integer, not the bool True",
        ),
        (lambda: from_weight(WEIGHT, (1, 2)), ValueError, "Chunks and shape"),
        (lambda: from_weight(WEIGHT, ((5, 5), 7, 33)), ValueError, "Chunks do not add up"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_without_dask(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask.array", None)
    with pytest.raises(ImportError, match=r"pip install 'fastinit-sampler\[dask\]'"):
        from_weight(WEIGHT)


def test_importing_fastinit_imports_no_dask():
    code = "import fastinit.dask, sys; assert 'dask' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_zarr_array_of_dask_carries_its_formula(tmp_path):
    path = tmp_path / "w.zarr"
    assert to_zarr(WEIGHT, str(path), (20, 7, 33), attributes={"owner": "me"}) is None
    array = zarr.open_array(path, mode="r+")
    assert array.attrs["owner"] == "me"
    assert array.compressors == ()
    assert array.chunks == (20, 7, 33)
    result = fastinit.verify(path)
    assert result
    assert result.weights == (WEIGHT,)
    array[3, 2, 1] = 9
    assert fastinit.verify(path).difference.index == (3, 2, 1)


def test_other_options_of_to_zarr(tmp_path):
    path = tmp_path / "w.zarr"
    zstd = zarr.codecs.ZstdCodec()
    delayed = to_zarr(WEIGHT, str(path), compressors=[zstd], compute=False)
    delayed.compute()
    assert zarr.open_array(path, mode="r").compressors == (zstd,)
    assert fastinit.verify(path, WEIGHT)
    from_weight(WEIGHT).to_zarr(
        str(tmp_path / "plain.zarr"), attributes={"fastinit": WEIGHT.to_json()}
    )
    assert fastinit.verify(tmp_path / "plain.zarr")
