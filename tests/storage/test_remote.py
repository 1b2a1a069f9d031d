"""URLs: the same bits as in files, whole or not at all, in fsspec's memory and in an S3 server on the loopback."""

from __future__ import annotations

import logging
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
from importlib import import_module

import numpy as np
import pytest
import safetensors.numpy

import fastinit
from fastinit import FileFormatError, Weight
from fastinit.__main__ import main
from fastinit.storage.blocks import blocks
from fastinit.storage.remote import remote_path, uploads
from fastinit.storage.remote.remote_path import RangeReader, RemotePath
from fastinit.storage.remote.uploads import MEBIBYTE, part_bytes
from fastinit.storage.targets import as_path

fsspec = pytest.importorskip("fsspec")
pytestmark = pytest.mark.framework  # no kernel is called in a way of its own

PART = 1 << 18
SIZES = {"table": (3000, 100), "bias": (77,)}


def weights(seed=3):
    return [
        Weight(shape, fastinit.Normal(0, 0.1), seed=seed, name=name)
        for name, shape in SIZES.items()
    ]


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    """Files of a megabyte have several parts, ranges and blocks."""
    monkeypatch.setattr(uploads, "PART_BYTES", PART)
    monkeypatch.setattr(remote_path, "RANGE_BYTES", PART // 2)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", PART // 4)
    monkeypatch.setattr("fastinit.storage.single.saving_objects.BATCH_BYTES", PART)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """At the end, no URL has become a directory."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert not [path for path in tmp_path.rglob("*") if ":" in path.name]


class Server:
    """An S3 server that keeps a list of the requests, and fails those that a test chooses."""

    def __init__(self):
        moto, serving = import_module("moto.server"), import_module("werkzeug.serving")

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.moto = moto.DomainDispatcherApplication(moto.create_backend_app)
        self.requests, self.answer = [], lambda environ: None
        self.server = serving.make_server("127.0.0.1", 0, self, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def __call__(self, environ, start_response):
        self.requests.append(
            (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("HTTP_RANGE"))
        )
        if status := self.answer(environ):
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response(status, [("Content-Length", "0")])
            return [b""]
        return self.moto(environ, start_response)

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="module")
def server():
    patch = pytest.MonkeyPatch()
    patch.setenv("S3_UPLOAD_PART_MIN_SIZE", "1")  # moto reads it when it is imported
    pytest.importorskip("s3fs")
    pytest.importorskip("moto")
    made = Server()
    for name, value in {
        "AWS_ENDPOINT_URL": made.url,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
    }.items():
        patch.setenv(name, value)
    fsspec.filesystem("s3").mkdir("bucket")
    yield made
    fsspec.filesystem("s3").clear_instance_cache()
    patch.undo()
    made.close()


@pytest.fixture
def s3(server):
    """The file system of an empty bucket, in which each test leaves no upload behind."""
    store = fsspec.filesystem("s3")
    store.invalidate_cache()
    if found := store.find("bucket"):
        store.rm(found)
    server.answer = lambda environ: None
    server.requests.clear()
    yield store
    server.answer = lambda environ: None
    assert unfinished(store) == []


@pytest.fixture
def memory():
    store = fsspec.filesystem("memory")
    store.store.clear()
    yield store
    store.store.clear()


@pytest.fixture(params=["s3", "memory"])
def root(request):
    """A URL in which objects can be made."""
    request.getfixturevalue(request.param)
    return {"s3": "s3://bucket", "memory": "memory://bucket"}[request.param]


def unfinished(store):
    return store.call_s3("list_multipart_uploads", Bucket="bucket").get("Uploads", [])


def objects(store):
    store.invalidate_cache()
    return sorted(store.find("bucket"))


def content(url):
    with fsspec.open(url) as file:
        return file.read()


# ----- round trips -----


@pytest.mark.parametrize("name", ["t.safetensors", "t.npy", "t.bin", "t.raw"])
def test_objects_have_the_bits_of_files(root, name):
    given = weights() if name.endswith("safetensors") else weights()[0]
    seen = []
    there = fastinit.save(
        f"{root}/a/{name}", given, receipt=True, progress=lambda *each: seen.append(each)
    )
    here = fastinit.save(name, given, receipt=True)
    assert content(f"{root}/a/{name}") == pathlib.Path(name).read_bytes()
    assert there == here == fastinit.Receipt.read(f"{root}/a/{name}.receipt.json")
    assert seen == sorted(seen)
    assert seen[-1] == (here.nbytes, here.nbytes)
    assert fastinit.verify(f"{root}/a/{name}", given)
    assert fastinit.verify(f"{root}/a/{name}", receipt=f"{root}/a/{name}.receipt.json")
    assert fastinit.verify(name, receipt=f"{root}/a/{name}.receipt.json")
    assert fastinit.compare_receipts(f"{root}/a/{name}.receipt.json", f"{name}.receipt.json") == []


def test_other_packages_read_the_object(s3):
    given = weights()
    given[0].save("s3://bucket/t.npy", storage_options={"anon": False})
    s3.get("bucket/t.npy", "t.npy")
    np.testing.assert_array_equal(np.load("t.npy"), np.asarray(given[0]))
    fastinit.save("s3://bucket/t.safetensors", given)
    s3.get("bucket/t.safetensors", "t.safetensors")
    found = safetensors.numpy.load_file("t.safetensors")
    for each in given:
        np.testing.assert_array_equal(found[each.name], np.asarray(each))


def test_weights_without_elements_and_one_part(root):
    for shape in [(0,), (3,), (PART // 4,), (PART // 4 + 1,)]:
        weight = Weight(shape, fastinit.Normal(0, 0.1), seed=1, name="w")
        fastinit.save(f"{root}/w.bin", weight, force=True)
        assert content(f"{root}/w.bin") == np.asarray(weight).tobytes()
        assert fastinit.verify(f"{root}/w.bin", weight)


@pytest.mark.parametrize("part", [None, (1, 2)])
def test_sets_have_the_bits_of_local_ones(root, folder, part):
    given = [Weight((50 + n, 100), "he_normal", seed=n, name=f"w{n}") for n in range(5)]
    options = {"max_shard_size": "50KB", "receipt": True}
    if part is not None:
        first = fastinit.save_sharded(f"{root}/model/", given, part=part, **options)
        assert first.missing
        assert not first.index.exists()
        with pytest.raises(FileFormatError, match="no index; the set is incomplete"):
            fastinit.verify(f"{root}/model")
    saved = fastinit.save_sharded(f"{root}/model/", given, part=part and (2, 2), **options)
    assert saved.complete
    fastinit.save_sharded("model", given, **options)
    local = sorted((folder / "model").iterdir())
    assert len(local) == 7
    for path in local:
        assert content(f"{root}/model/{path.name}") == path.read_bytes()
    assert fastinit.verify(f"{root}/model")
    assert fastinit.verify(f"{root}/model/model.safetensors.index.json", sample=1)
    found = fastinit.read_template(f"{root}/model", "he_normal", seed=9)
    assert [(each.name, each.shape) for each in found] == [
        (each.name, each.shape) for each in given
    ]


def test_a_set_is_completed_and_replaced(s3):
    given = [Weight((50, 100), "he_normal", seed=n, name=f"w{n}") for n in range(3)]
    fastinit.save_sharded("s3://bucket/m/", given, max_shard_size=20_000, receipt=True)
    s3.rm(["bucket/m/model.safetensors.index.json", "bucket/m/model-00002-of-00003.safetensors"])
    s3.rm("bucket/m/model-00002-of-00003.safetensors.receipt.json")
    saved = fastinit.save_sharded(
        "s3://bucket/m/", given, max_shard_size=20_000, receipt=True, resume=True
    )
    assert [path.name for path in saved.written] == ["model-00002-of-00003.safetensors"]
    assert len(saved.kept) == 2
    with pytest.raises(FileExistsError, match=r"s3://bucket/m/model\.safetensors\.index\.json"):
        fastinit.save_sharded("s3://bucket/m/", given, max_shard_size=20_000)
    fastinit.save_sharded("s3://bucket/m/", given[:2], max_shard_size=20_000, force=True)
    assert len(objects(s3)) == 3
    assert fastinit.verify("s3://bucket/m")


def test_configurations_and_command_line(root, folder, capsys):
    with fsspec.open(f"{root}/tables.json", "wb") as file:
        file.write(b'{"tables": {"t": {"shape": [500, 10], "scheme": "xavier", "seed": 1}}}')
    assert fastinit.read_config(f"{root}/tables.json")[0].shape == (500, 10)
    target = f"{root}/made/t.safetensors"
    assert main(["create", target, "--config", f"{root}/tables.json", "--dry-run"]) == 0
    assert "nothing" in capsys.readouterr().out
    assert main(["create", target, "--config", f"{root}/tables.json"]) == 0
    assert main(["create", f"{root}/set/", "--template", target, "--seed", "1",
                 "--scheme", "zeros"]) == 0  # fmt: skip
    assert main(["verify", target]) == 0
    assert main(["verify", target, "--receipt", f"{target}.receipt.json"]) == 0
    assert main(["verify", f"{root}/set"]) == 0
    assert main(["compare", f"{target}.receipt.json", f"{target}.receipt.json"]) == 0
    capsys.readouterr()
    assert main(["info", target]) == 0
    assert "500x10" in capsys.readouterr().out
    assert main(["create", target, "--config", f"{root}/tables.json"]) == 2
    assert f"{target} exists; to replace it, pass --force" in capsys.readouterr().err
    for name in ("t.npy", "t.npy.receipt.json"):
        assert not (folder / name).exists()
    assert main(["create", f"{root}/t.npy", "--shape", "50x2", "--scheme", "zeros", "--seed", "1",
                 "--name", "t", "--json"]) == 0  # fmt: skip
    assert f'"receipt": "{root}/t.npy.receipt.json"' in capsys.readouterr().out


# ----- whole or not at all -----


class Stop(BaseException):
    pass


@pytest.mark.parametrize("error", [KeyboardInterrupt, Stop, ZeroDivisionError])
def test_an_interruption_leaves_nothing(root, s3, memory, error):
    def stop(done, total):
        if done > total / 3:
            raise error

    with pytest.raises(error):
        fastinit.save(f"{root}/t.safetensors", weights(), receipt=True, progress=stop)
    assert objects(s3) == objects(memory) == []


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_part_that_fails_leaves_nothing(s3, server, number):
    server.answer = lambda environ: (
        "403 Forbidden" if f"partNumber={number}" in environ["QUERY_STRING"] else None
    )
    with pytest.raises(PermissionError, match=r"s3://bucket/t\.safetensors"):
        fastinit.save("s3://bucket/t.safetensors", weights(), receipt=True)
    assert ("POST", "/bucket/t.safetensors", None) in server.requests
    assert objects(s3) == []
    assert unfinished(s3) == []


@pytest.mark.parametrize("force", [False, True])
def test_the_last_request_fails(s3, server, force):
    """At the end of the upload: no receipt without its object, and none beside another object."""
    if force:
        fastinit.save("s3://bucket/t.safetensors", weights(seed=4), receipt=True)
    before = content("s3://bucket/t.safetensors") if force else None
    server.answer = lambda environ: (
        "403 Forbidden"
        if environ["REQUEST_METHOD"] == "POST" and "uploadId" in environ["QUERY_STRING"]
        else None
    )
    with pytest.raises(PermissionError):
        fastinit.save("s3://bucket/t.safetensors", weights(), receipt=True, force=force)
    assert objects(s3) == (["bucket/t.safetensors"] if force else [])
    if force:
        assert content("s3://bucket/t.safetensors") == before


def test_a_part_is_sent_again_after_an_error_of_the_server(s3, server):
    failed = set()

    def answer(environ):
        part = re.search(r"partNumber=\d+", environ["QUERY_STRING"])
        if part is None or part[0] in failed:
            return None
        failed.add(part[0])
        return "503 Service Unavailable"

    server.answer = answer
    fastinit.save("s3://bucket/t.safetensors", weights())
    assert len(failed) == 5
    assert fastinit.verify("s3://bucket/t.safetensors", weights())


def test_a_part_that_changes_on_the_way_is_refused_by_s3(s3, server):
    """S3 compares the checksums if the upload was begun with their kind, and ends with all of them."""
    seen = []

    def answer(environ):
        kind = {name[11:]: value for name, value in environ.items() if "CHECKSUM" in name}
        seen.append((environ["REQUEST_METHOD"], environ["QUERY_STRING"].partition("=")[0], kind))

    server.answer = answer
    fastinit.save("s3://bucket/t.safetensors", weights())
    kinds = {}
    for method, query, kind in seen:
        if method in ("POST", "PUT"):
            kinds.setdefault((method, query), []).append(kind)
    assert kinds["POST", "uploads"] == [{"CHECKSUM_ALGORITHM": "CRC32"}]
    parts = kinds["PUT", "uploadId"]
    assert len(parts) == 5
    assert all("CHECKSUM_CRC32" in each for each in parts)


def test_sigterm_aborts_the_upload(s3, server):
    command = [sys.executable, "-m", "fastinit", "create", "s3://bucket/t.npy", "--shape", "1000000x100",
               "--scheme", "zeros", "--seed", "1", "--name", "t"]  # fmt: skip
    seen = threading.Event()

    def answer(environ):
        if "partNumber" in environ["QUERY_STRING"]:
            seen.set()
            time.sleep(0.5)

    server.answer = answer
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert seen.wait(60)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (143, "fastinit: terminated\n")
    assert objects(s3) == []


def test_an_object_that_exists(root, s3, server):
    fastinit.save(f"{root}/t.npy", weights()[0], receipt=True)
    server.requests.clear()
    with pytest.raises(FileExistsError, match="to replace it, pass force=True"):
        fastinit.save(f"{root}/t.npy", weights(seed=4)[0])
    assert not [each for each in server.requests if each[0] in ("PUT", "POST")]
    with pytest.raises(FileExistsError, match="receipt"):
        fastinit.save(f"{root}/t.bin", weights(seed=4)[0], receipt=f"{root}/t.npy.receipt.json")
    fastinit.save(f"{root}/t.npy", weights(seed=4)[0], receipt=True, force=True)
    assert fastinit.verify(f"{root}/t.npy", weights(seed=4)[0])
    assert fastinit.verify(f"{root}/t.npy", receipt=f"{root}/t.npy.receipt.json")


def test_the_receipt_that_a_killed_run_left(root):
    fastinit.save(f"{root}/t.npy", weights()[0], receipt=True)
    as_path(f"{root}/t.npy").unlink()
    with pytest.raises(FileExistsError, match=r"t\.npy\.receipt\.json"):
        fastinit.save(f"{root}/t.npy", weights(seed=4)[0], receipt=True)
    with pytest.raises(FileExistsError, match=r"t\.npy\.receipt\.json"):
        fastinit.save(f"{root}/t.npy", weights()[0], receipt=True, checksum="sha256")
    fastinit.save(f"{root}/t.npy", weights()[0], receipt=True)
    with pytest.raises(FileExistsError, match=r"t\.npy"):
        fastinit.save(f"{root}/t.npy", weights()[0], receipt=True)
    assert fastinit.verify(f"{root}/t.npy", receipt=f"{root}/t.npy.receipt.json")


def test_receipts_of_objects_that_exist(root):
    options = {} if root.startswith("memory") else {"anon": False}
    saved = fastinit.save(f"{root}/t.npy", weights()[0], receipt=f"{root}/first.json")
    made = fastinit.make_receipt(f"{root}/t.npy", weights()[0], storage_options=options)
    assert made == saved == fastinit.Receipt.read(f"{root}/t.npy.receipt.json")
    with pytest.raises(fastinit.FileFormatError, match="gets no receipt"):
        fastinit.make_receipt(f"{root}/t.npy", weights(seed=4)[0], force=True)
    fastinit.save_sharded(f"{root}/m/", weights(), max_shard_size=1000)
    for each in fastinit.make_receipts(f"{root}/m/", storage_options=options):
        assert fastinit.verify(f"{root}/m/{each.file}", receipt=each)


def test_no_receipt_of_another_object_stays(root):
    fastinit.save(f"{root}/t.npy", weights(seed=4)[0], receipt=True)
    fastinit.save(f"{root}/t.npy", weights()[0], force=True)
    with pytest.raises(FileNotFoundError):
        fastinit.Receipt.read(f"{root}/t.npy.receipt.json")
    fastinit.save(f"{root}/u.npy", weights(seed=4)[0], receipt=f"{root}/t.bin.receipt.json")
    with pytest.raises(FileExistsError, match=r"t\.bin\.receipt\.json"):
        fastinit.save(f"{root}/t.bin", weights()[0])


@pytest.mark.parametrize("size", [10, 3 * PART])
def test_an_object_that_appears_meanwhile_is_kept(root, size):
    path = as_path(f"{root}/t.bin")

    def upload():
        with uploads.uploaded(path, size, force=False, sent=lambda _: None) as writer:
            writer.write(np.zeros(size, np.uint8), 0)
            path.filesystem.pipe_file(path.key, b"other")

    with pytest.raises(FileExistsError, match="exists"):
        upload()
    assert content(f"{root}/t.bin") == b"other"


def test_a_store_without_conditions(s3, server):
    """Some servers answer 501 to If-None-Match."""
    server.answer = lambda environ: (
        "501 NotImplemented" if "HTTP_IF_NONE_MATCH" in environ else None
    )
    fastinit.save("s3://bucket/t.safetensors", weights())
    fastinit.save("s3://bucket/t.bin", Weight((3,), "zeros", seed=1, name="w"))
    assert fastinit.verify("s3://bucket/t.safetensors")
    with pytest.raises(FileExistsError):
        fastinit.save("s3://bucket/t.safetensors", weights())


class Recorder:
    """A file of fsspec that only takes bytes in order."""

    def __init__(self, *arguments, **options):
        self.data, self.done, self.options = b"", [], options

    def write(self, data):
        self.data += data

    def close(self):
        self.done.append("close")

    def commit(self):
        self.done.append("commit")

    def discard(self):
        self.done.append("discard")


def test_other_stores_take_the_parts_in_order(memory, monkeypatch):
    """As gcsfs and adlfs do: such a file gets its name by commit, and is dropped by discard."""
    monkeypatch.setattr(
        uploads, "MemoryUpload", lambda path, force: uploads.StreamUpload(path, PART, force=force)
    )
    made = []
    monkeypatch.setattr(memory, "open", lambda *a, **o: made.append(Recorder(*a, **o)) or made[-1])
    fastinit.save("memory://bucket/t.safetensors", weights())
    fastinit.save("t.safetensors", weights())
    assert made[0].data == pathlib.Path("t.safetensors").read_bytes()
    assert made[0].done == ["close", "commit"]
    assert made[0].options["autocommit"] is False

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fastinit.save("memory://bucket/t.safetensors", weights(), progress=stop)
    assert made[1].done == ["discard"]


def test_progress_reaches_the_size(root):
    seen = []
    fastinit.save(f"{root}/t.safetensors", weights(), progress=lambda *each: seen.append(each))
    size = len(content(f"{root}/t.safetensors"))
    assert seen[-1] == (size, size)


# ----- reading -----


def asked(server, name):
    """The bytes that were asked for, by the ranges of the requests."""
    ranges = [each[2] for each in server.requests if each[0] == "GET" and each[1].endswith(name)]
    pairs = [map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", each).groups()) for each in ranges]
    return sum(last - first + 1 for first, last in pairs)


def test_only_the_bytes_that_are_needed_are_asked_for(s3, server):
    receipt = fastinit.save("s3://bucket/t.safetensors", weights())
    assert receipt is None
    size = s3.size("bucket/t.safetensors")
    header = 2 * remote_path.HEADER_BYTES  # of the formulas, and of the positions
    for call, least, most in [
        (lambda: main(["info", "s3://bucket/t.safetensors"]), 1, header // 2),
        (
            lambda: fastinit.read_template("s3://bucket/t.safetensors", "zeros", seed=1),
            1,
            header // 2,
        ),
        (
            lambda: fastinit.verify("s3://bucket/t.safetensors", sample=1),
            77 * 4,
            header + PART // 4,
        ),
        (lambda: fastinit.verify("s3://bucket/t.safetensors"), size, size + header),
        (
            lambda: fastinit.verify("s3://bucket/t.safetensors", weights()[1]),
            77 * 4,
            header // 2 + 77 * 4,
        ),
    ]:
        server.requests.clear()
        call()
        assert least <= asked(server, "t.safetensors") <= most


def test_each_byte_is_asked_for_once(memory, monkeypatch):
    data = np.random.default_rng(1).integers(0, 256, 10 * PART, np.uint8)
    memory.pipe("/bucket/x.bin", data.tobytes())
    path, fetched = as_path("memory://bucket/x.bin"), []
    read_range = RemotePath.read_range
    monkeypatch.setattr(
        RemotePath, "read_range", lambda self, *r: fetched.append(r) or read_range(self, *r)
    )
    ranges = [(5, 10), (10, 700), (900, 901), (1000, 1000), (1001, 3 * PART), (9 * PART, 10 * PART)]
    reader = RangeReader(path, ranges)
    for start, stop in ranges:
        for first in range(start, stop, 100_001):
            last = min(stop, first + 100_001)
            memory_ = np.empty(last - first, np.uint8)
            assert reader.read(memory_, first)
            assert np.array_equal(memory_, data[first:last])
    assert not reader._fetched  # noqa: SLF001 - what was read is forgotten
    reader.close()
    covered = sorted(fetched)
    assert all(0 < stop - start <= remote_path.RANGE_BYTES for start, stop in covered)
    assert sum(stop - start for start, stop in covered) == sum(b - a for a, b in ranges)
    assert (5, 700) in covered


def test_a_changed_and_a_truncated_object(root):
    fastinit.save(f"{root}/t.npy", weights()[0], receipt=True)
    store, key = fsspec.core.url_to_fs(f"{root}/t.npy")
    data = bytearray(store.cat_file(key))
    data[-4:] = np.float32(1).tobytes()
    store.pipe_file(key, bytes(data))
    found = fastinit.verify(f"{root}/t.npy", weights()[0])
    assert (found.difference.index, found.difference.found) == ((2999, 99), 1.0)
    found = fastinit.verify(f"{root}/t.npy", receipt=f"{root}/t.npy.receipt.json")
    assert found.difference.last == (2999, 99)
    assert main(["verify", f"{root}/t.npy", "--receipt", f"{root}/t.npy.receipt.json"]) == 1
    store.pipe_file(key, bytes(data[:-5]))
    with pytest.raises(FileFormatError, match=rf"{root}/t.npy: the file has .* expected"):
        fastinit.verify(f"{root}/t.npy", weights()[0])
    store.pipe_file(key, b"")
    with pytest.raises(FileFormatError, match=rf"{root}/t.npy"):
        fastinit.verify(f"{root}/t.npy", weights()[0])


def test_http_is_read_only(s3, server):
    pytest.importorskip("aiohttp")
    fastinit.save("s3://bucket/t.safetensors", weights(), receipt=True)
    s3.call_s3("put_object_acl", Bucket="bucket", Key="t.safetensors", ACL="public-read")
    url = f"{server.url}/bucket/t.safetensors"
    assert fastinit.verify(f"{url}?signature=a.b")
    with pytest.raises(OSError, match="can only be read"):
        fastinit.save(f"{server.url}/bucket/new.bin", weights()[0])
    with pytest.raises(FileNotFoundError):
        fastinit.verify(f"{server.url}/bucket/absent.safetensors")


# ----- errors -----


def test_errors_of_the_store_name_the_url(s3, server):
    for call in (fastinit.verify, fastinit.Receipt.read, lambda url: fastinit.save(url, weights())):
        with pytest.raises(FileNotFoundError) as caught:
            call("s3://no-such-bucket/t.safetensors")
        assert caught.value.filename == "s3://no-such-bucket/t.safetensors"
    with pytest.raises(FileNotFoundError, match="s3://bucket/model"):
        fastinit.verify("s3://bucket/model")
    server.answer = lambda environ: "403 Forbidden"
    for call in (fastinit.verify, lambda url: fastinit.save(url, weights())):
        with pytest.raises(PermissionError, match=r"s3://bucket/t\.safetensors"):
            call("s3://bucket/t.safetensors")
    with pytest.raises(OSError, match="Could not connect") as caught:
        fastinit.verify("s3://bucket/t.npy", storage_options={
            "endpoint_url": "http://127.0.0.1:9", "config_kwargs": {"retries": {"max_attempts": 0}}
        })  # fmt: skip
    assert caught.value.filename == "s3://bucket/t.npy"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("foo://bucket/t.npy", "foo"),
        ("file://t.npy", "expected file:///"),
        ("s3:/bucket/t.npy", "pass s3://bucket/t.npy as a str"),
        (pathlib.Path("s3://bucket/t.npy"), "pass s3://bucket/t.npy as a str"),
        ("memory://bucket/t.zarr", "a Zarr array must be local"),
        ("memory://bucket/t.txt", "the name must end in"),
    ],
)
def test_urls_that_are_refused(url, message, memory, folder):
    weight = weights()[0]
    with pytest.raises(ValueError, match=re.escape(message)):
        fastinit.save(url, weight)
    with pytest.raises((ValueError, OSError)):
        fastinit.verify(url, weight)
    assert list(folder.iterdir()) == []
    assert (
        main(
            ["create", str(url), "--shape", "3", "--scheme", "zeros", "--seed", "1", "--name", "t"]
        )
        == 2
    )
    assert list(folder.iterdir()) == []


def test_what_a_store_cannot_do(memory):
    with pytest.raises(ValueError, match="an upload cannot be resumed"):
        fastinit.save("memory://bucket/t.npy", weights()[0], resume=True)
    with pytest.raises(ValueError, match="a Zarr array must be local"):
        fastinit.save_zarr("memory://bucket/t.zarr", weights()[0])
    with pytest.raises(ValueError, match="storage_options belong to URLs"):
        fastinit.save("t.npy", weights()[0], storage_options={"anon": True})


def test_file_urls_are_local_paths(folder):
    weights()[0].save(f"file://{folder}/t.npy", receipt=True)
    assert sorted(path.name for path in folder.iterdir()) == ["t.npy", "t.npy.receipt.json"]
    assert fastinit.verify(f"local://{folder}/t.npy", weights()[0])
    assert as_path(f"file://{folder}/t.npy") == folder / "t.npy"


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(ImportError, match=r"fastinit-sampler\[remote\]"):
        fastinit.verify("s3://bucket/t.npy")
    with pytest.raises(ValueError, match="a Zarr array must be local"):
        fastinit.save_zarr("s3://bucket/t.zarr", weights()[0])


@pytest.mark.parametrize(
    ("url", "package", "message"),
    [("s3://b/t.npy", "s3fs", r"\[remote\]"), ("gs://b/t.npy", "gcsfs", "install gcsfs")],
)
def test_without_the_package_of_a_store(monkeypatch, url, package, message):
    monkeypatch.setitem(sys.modules, package, None)
    loaded = sys.modules["fsspec.registry"]._registry  # noqa: SLF001 - fsspec keeps what it has loaded
    monkeypatch.delitem(loaded, url[:2], raising=False)
    with pytest.raises(ImportError, match=message):
        fastinit.verify(url)


def test_parts_are_long_enough_for_large_objects():
    path = RemotePath("memory://x", fsspec.filesystem("memory"))
    for size in (1, 10**9, 10**12, 10**13, 5 * 10**13):
        length = part_bytes(path, size)
        assert length >= PART
        assert length % MEBIBYTE == 0 or length == PART
        assert -(-size // length) <= 10_000
    with pytest.raises(ValueError, match=r"use fastinit\.save_sharded"):
        part_bytes(path, 10**14)
