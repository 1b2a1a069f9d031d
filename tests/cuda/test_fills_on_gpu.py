"""From a call to a kernel on a GPU. The GPU is tests/support/fake_gpu.py: nothing of this needs one."""

import ctypes
import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import ml_dtypes
import numpy as np
import pytest

import fastinit
from fastinit._engine.cuda import cache, compiler, driver, source
from fastinit._memory import devices, dlpack
from tests.support.fake_gpu import OnGPU, forget
from tests.support.laws import FLOATS
from tests.support.paths import read_golden

pytestmark = pytest.mark.once

GOLDEN = read_golden()


def equal(made, expected):
    return made.dtype == expected.dtype and made.tobytes() == expected.tobytes()


CALLS = {
    "uniform_": lambda out: fastinit.uniform_(out, -0.3, 0.4, seed=3, stream="x", offset=5),
    "normal_": lambda out: fastinit.normal_(out, 0.1, 0.3, seed=3, stream=7),
    "trunc_normal_": lambda out: fastinit.trunc_normal_(out, 0, 0.3, 0.5, 2, seed=3),
    "he_normal_": lambda out: fastinit.he_normal_(out, seed=3, offset=2**34),
}


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_fills_have_the_bits_of_the_cpu(gpu, call, name):
    dtype = np.dtype(getattr(ml_dtypes, name, name))
    memory, expected = np.zeros((2, 9, 33), dtype)
    for view in (np.s_[:], np.s_[1:7:2, ::-1]):
        out = OnGPU(gpu, memory[view])
        assert call(out) is out
        call(expected[view])
        assert equal(memory, expected)


@pytest.mark.parametrize("name", FLOATS)
def test_constants(gpu, name):
    made, expected = np.zeros((2, 4, 7), np.dtype(getattr(ml_dtypes, name, name)))
    for value in (0.1, -0.0, 1.0 + 2.0**-9):
        fastinit.constant_(OnGPU(gpu, made), value)
        fastinit.constant_(expected, value)
        assert equal(made, expected)
    fastinit.zeros_(OnGPU(gpu, made[:, 1:]))
    fastinit.zeros_(expected[:, 1:])
    assert equal(made, expected)


@pytest.mark.parametrize("dtype", [np.uint32, np.uint64])
def test_words(gpu, dtype):
    made = np.zeros(101, dtype)
    fastinit.random_bits_(OnGPU(gpu, made), seed=1, stream=2, offset=3)
    assert equal(made, fastinit.random_bits(101, dtype=dtype, seed=1, stream=2, offset=3))


def test_an_empty_array_starts_nothing(gpu):
    fastinit.normal_(OnGPU(gpu, np.zeros((0, 3), np.float32)), seed=1)
    assert gpu.launches == []


def test_a_kernel_starts_on_the_stream_and_the_gpu_of_the_array(gpu):
    first, second = np.zeros((2, 3000), np.float32)
    fastinit.normal_(OnGPU(gpu, first.copy(), 0, stream=77), seed=1)
    fastinit.normal_(OnGPU(gpu, second.copy(), 1, stream=1), seed=1)
    fastinit.normal_(OnGPU(gpu, second.copy(), 1), seed=1)
    name = "contiguous_NORMAL_FLOAT32"
    assert gpu.launches == [
        (name, 3, 77, "primary context of 0"),
        (name, 3, 1, "primary context of 1"),
        (name, 3, 0, "primary context of 1"),
    ]
    assert gpu.loaded == ["primary context of 0", "primary context of 1"]
    assert len(gpu.compiler.compiled) == 1


def test_a_large_array_does_not_start_more_blocks_than_run_at_once(gpu):
    fastinit.uniform_(OnGPU(gpu, np.zeros(100_000, np.float32)), seed=1)
    assert [blocks for _, blocks, *_ in gpu.launches] == [16]


@pytest.fixture
def weight():
    return fastinit.Weight(
        (1000, 3, 10), fastinit.Normal(0.1, 0.3), seed=5, name="w", padding_idx=7
    )


@pytest.mark.parametrize(
    "index", [np.s_[:], np.s_[5:9], np.s_[::-3, 1, 2:], 7, np.s_[7, 1:], [3, 7, 3]]
)
def test_parts_of_a_weight(gpu, weight, index):
    expected = weight[index]
    made = np.ones_like(expected)
    out = OnGPU(gpu, made)
    assert weight.fill(out, index) is out
    assert equal(made, expected)


def test_a_part_in_strided_memory(gpu, weight):
    made, expected = np.zeros((2, 5, 6, 3, 20), np.float32)
    view = np.s_[:4:2, 2:4, :, ::2]
    for ids in ([[1, 7], [999, 0]], [[7, 7], [1, 1]]):
        weight.rows(ids, out=OnGPU(gpu, made[view]))
        weight.rows(ids, out=expected[view])
        assert equal(made, expected)


@pytest.mark.parametrize("ids", [[3, 7, 999, 3], [[1, 7], [0, 2]], 5])
@pytest.mark.parametrize("strided", [False, True])
def test_row_numbers_on_the_gpu(gpu, weight, ids, strided):
    expected = weight.rows(ids)
    memory = np.zeros((*expected.shape[:-1], 20), np.float32)
    made = memory[..., ::2] if strided else np.zeros_like(expected)
    weight.rows(OnGPU(gpu, np.array(ids), stream=3), out=OnGPU(gpu, made))
    assert equal(made, expected)
    assert gpu.copies == []


def test_streams_of_rows_and_numbers_are_ordered(gpu, weight):
    out = np.zeros((2, 3, 10), np.float32)
    ids = np.array([3, 5])
    weight.rows(OnGPU(gpu, ids, stream=3), out=OnGPU(gpu, out, stream=4))
    assert gpu.order == [
        ("record", 3),
        ("wait", 4, 3),
        ("launch", 4),
        ("record", 4),
        ("wait", 3, 4),
    ]
    assert set(gpu.events) == {"destroyed"}
    gpu.order.clear()
    weight.rows(OnGPU(gpu, ids, stream=4), out=OnGPU(gpu, out, stream=4))
    assert gpu.order == [("launch", 4)]


def test_row_numbers_live_until_the_gpu_has_read_them(gpu, weight):
    """A copy from memory that is not pinned may be read after the call has returned."""
    out = np.zeros((3, 3, 10), np.float32)
    gpu.is_busy = True
    for first in range(5):
        ids = np.array([first, 8, 9])
        weight.rows(ids, out=OnGPU(gpu, out))
        ids[:] = -1
        del ids
    assert len(gpu.sources) == 5
    for address, content in gpu.sources:
        assert ctypes.string_at(address, len(content)) == content
    gpu.is_busy = False
    weight.rows([1, 2, 3], out=OnGPU(gpu, out))
    assert len(driver._copying) == 1  # noqa: SLF001
    assert gpu.events.count("destroyed") == 5


def test_row_numbers_on_the_cpu_cannot_be_captured(gpu, weight):
    out = np.zeros((2, 3, 10), np.float32)
    gpu.captured.add(7)
    with pytest.raises(
        RuntimeError, match=r"captured in a CUDA graph.* give row numbers on the GPU"
    ):
        weight.rows([1, 2], out=OnGPU(gpu, out, stream=7))
    assert gpu.launches == []
    weight.rows(OnGPU(gpu, np.array([1, 2]), stream=7), out=OnGPU(gpu, out, stream=7))
    weight.rows([1, 2], out=OnGPU(gpu, out, stream=8))
    assert len(gpu.launches) == 2


def test_a_thread_without_a_context(gpu):
    gpu.needs_context = True
    values = np.zeros(5, np.float32)
    fastinit.normal_(OnGPU(gpu, values, 1), seed=1)
    assert equal(values, fastinit.normal(5, seed=1))


def test_rows_that_the_weight_lacks_are_nan(gpu, weight):
    made = np.zeros((4, 3, 10), np.float32)
    weight.rows(OnGPU(gpu, np.array([1, 1000, -1, 7])), out=OnGPU(gpu, made))
    assert np.isnan(made).all(axis=(1, 2)).tolist() == [False, True, True, False]
    assert equal(made[[0, 3]], weight.rows([1, 7]))


def test_wrong_row_numbers(gpu, weight):
    out = np.zeros((2, 3, 10), np.float32)
    with pytest.raises(IndexError, match=r"row numbers must be in \[0, 1000\), got 1000"):
        weight.rows([1, 1000], out=OnGPU(gpu, out))
    with pytest.raises(TypeError, match="row numbers on a GPU must be int64, got int32"):
        weight.rows(OnGPU(gpu, np.array([1, 2], np.int32)), out=OnGPU(gpu, out))
    with pytest.raises(ValueError, match="row numbers on a GPU must be contiguous"):
        weight.rows(OnGPU(gpu, np.arange(4)[::2]), out=OnGPU(gpu, out))
    with pytest.raises(ValueError, match=r"out must have the shape \(3, 3, 10\), got \(2, 3, 10\)"):
        weight.rows(OnGPU(gpu, np.arange(3)), out=OnGPU(gpu, out))
    with pytest.raises(ValueError, match="out must be on the GPU that has the row numbers"):
        weight.rows(OnGPU(gpu, np.arange(2)), out=out)
    with pytest.raises(ValueError, match=r"are on a GPU: give memory there .*out="):
        weight.rows(OnGPU(gpu, np.array([1, 2])))
    with pytest.raises(ValueError, match="row numbers must be on the same GPU as out"):
        weight.rows(OnGPU(gpu, np.arange(2), ordinal=1), out=OnGPU(gpu, out))
    assert (out == 0).all()


@pytest.mark.parametrize("bits", [8, 4, 2])
@pytest.mark.parametrize("layout", ["fused_rowwise", "tbe"])
def test_quantized_rows(gpu, bits, layout):
    row_bytes = fastinit.quantized_row_bytes(33, bits, layout)
    made, expected = np.zeros((2, 5, row_bytes), np.uint8)
    for out in (OnGPU(gpu, made), expected):
        fastinit.quantized_rows_(
            out, 33, fastinit.Normal(0, 1), bits=bits, row_layout=layout, seed=1, first_row=2**31
        )
    assert equal(made, expected)
    assert [name for name, *_ in gpu.launches] == ["quantized_NORMAL_FLOAT32"]


@pytest.mark.parametrize(
    "part",
    GOLDEN["parts"],
    ids=lambda part: f"{part['formula']['scheme']['distribution']}-{part['formula']['dtype']}",
)
def test_golden_parts(gpu, part):
    weight = fastinit.Weight.from_json(json.dumps(part["formula"]))
    rows = len(weight)

    def digest(values):
        return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()

    index = np.s_[rows - 1301 :: 5, 1:, 70:3:-2]
    made = np.zeros((261, 2, 34), weight.dtype)
    weight.fill(OnGPU(gpu, made), index)
    assert digest(made) == part["box"]
    made = np.zeros((6, 3, 77), weight.dtype)
    weight.rows([rows - 1, 0, rows - 7, 11, 0, rows // 2 + 3], out=OnGPU(gpu, made))
    assert digest(made) == part["rows"]
    memory = np.zeros((6, 5, 77), weight.dtype)
    weight.fill(OnGPU(gpu, memory[::2, 1:4]), np.s_[5:8])
    assert digest(memory) == part["strided"]


class Exported:
    """An array of a library that has DLPack only."""

    def __init__(self, gpu, values, device=2):
        OnGPU(gpu, values)
        self.values, self.device = values, device

    def __dlpack_device__(self):
        return self.device, 0

    def __dlpack__(self, **arguments):
        assert arguments == {"max_version": (1, 0), "copy": False}
        capsule = self.values.__dlpack__(max_version=(1, 0))
        dlpack._open(capsule)[0].device.type = self.device  # noqa: SLF001
        return capsule


@pytest.mark.parametrize("device", [2, 13])
def test_memory_by_dlpack(gpu, device):
    made, expected = np.zeros((2, 6, 8), np.float32)
    for view in (np.s_[:], np.s_[::2, 1:5]):
        fastinit.normal_(Exported(gpu, made[view], device), seed=1)
        fastinit.normal_(expected[view], seed=1)
        assert equal(made, expected)
    assert len(gpu.launches) == 2


@pytest.mark.parametrize("library", ["jax", "jaxlib._jax"])
def test_arrays_that_never_change_are_refused(gpu, library):
    """JAX exports bfloat16 by DLPack only, which need not say that it is read-only."""
    values = np.zeros(5, np.float32)
    kind = type("ArrayImpl", (Exported,), {"__module__": library})
    with pytest.raises(TypeError, match="immutable"):
        fastinit.uniform_(kind(gpu, values), seed=0)
    assert gpu.launches == []


def test_memory_by_dlpack_that_is_read_only(gpu):
    values = np.zeros(3, np.float32)
    values.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        fastinit.normal_(Exported(gpu, values), seed=1)
    assert gpu.launches == []


@pytest.mark.parametrize("call", [fastinit.orthogonal_, fastinit.eye_])
def test_fills_without_a_kernel_name_the_memory(gpu, call):
    values = np.ones((4, 4), np.float32)
    with pytest.raises(ValueError, match="out must be in CPU memory, got CUDA memory"):
        call(Exported(gpu, values))
    assert (values == 1).all()


def test_tensors_of_pytorch_are_described_as_they_are(gpu, monkeypatch):
    torch = pytest.importorskip("torch")
    # There is no tensor on a GPU here: those of the CPU are taken for some.
    describe = devices._of_checked_tensor  # noqa: SLF001
    monkeypatch.setattr(devices, "_of_tensor", lambda t: describe(t, 9))
    for name in FLOATS:
        made = torch.zeros((7, 20), dtype=getattr(torch, name))
        expected = torch.zeros_like(made)
        gpu.memory.append((made.data_ptr(), made.data_ptr() + made.nbytes, 0, made))
        versions = made._version  # noqa: SLF001
        fastinit.normal_(made.T[3:9], 0.1, 0.2, seed=1, stream=2)
        assert made._version > versions  # noqa: SLF001
        with monkeypatch.context() as patch:
            patch.setattr(devices, "_of_tensor", lambda _: None)
            fastinit.normal_(expected.T[3:9], 0.1, 0.2, seed=1, stream=2)
        assert torch.equal(made.view(torch.uint8), expected.view(torch.uint8))
    assert {stream for *_, stream, _ in gpu.launches} == {9}


def test_nvidia_s_package_takes_the_arguments_that_the_driver_gets():
    """Its functions convert their arguments before they look for the driver, which is not here."""
    real = pytest.importorskip("cuda.bindings.driver")
    try:
        real.cuInit(0)
    except RuntimeError as error:
        missing = type(error)
    else:
        pytest.skip("there is a driver here, which would do as it is told")
    names, pointer = real.CUdevice_attribute, real.CUpointer_attribute
    numbers = np.arange(3)
    address = numbers.ctypes.data
    for call in (
        real.cuDriverGetVersion,
        lambda: real.cuDeviceGet(0),
        lambda: real.cuDeviceGetAttribute(
            names.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, real.CUdevice(0)
        ),
        lambda: real.cuDevicePrimaryCtxRetain(real.CUdevice(0)),
        lambda: real.cuPointerGetAttribute(pointer.CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, address),
        lambda: real.cuCtxPushCurrent(real.CUcontext()),
        real.cuCtxPopCurrent,
        lambda: real.cuModuleLoadData(b"code"),
        lambda: real.cuModuleGetFunction(real.CUmodule(), b"name"),
        lambda: real.cuLaunchKernel(
            real.CUfunction(), 1, 1, 1, 256, 1, 1, 0, 2**63 + 5, address, 0
        ),
        lambda: real.cuMemAllocAsync(24, 7),
        lambda: real.cuMemcpyHtoDAsync(address, address, 24, 7),
        lambda: real.cuMemFreeAsync(address, 7),
        lambda: real.cuEventCreate(2),
        lambda: real.cuEventRecord(real.CUevent(), 7),
        lambda: real.cuEventQuery(real.CUevent()),
        lambda: real.cuStreamWaitEvent(7, real.CUevent(), 0),
        lambda: real.cuEventDestroy(real.CUevent()),
        lambda: real.cuStreamIsCapturing(7),
    ):
        with pytest.raises(missing, match="driver"):
            call()
    assert names.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR != (
        names.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR
    )


class TestErrors:
    """Each of them comes before a byte is written."""

    @pytest.fixture(autouse=True)
    def untouched(self, gpu):
        self.values = np.zeros(10, np.float32)
        self.out = OnGPU(gpu, self.values)
        yield
        assert (self.values == 0).all()
        assert gpu.launches == []

    def fails(self, kind, match):
        generator = fastinit.Generator(1)
        with pytest.raises(kind, match=match):
            fastinit.normal_(self.out, seed=generator)
        assert generator.get_state()["next_stream"] == 0

    def test_quantized_rows_take_no_stream(self, gpu):
        gpu.cuLaunchKernel = lambda *_: (400,)
        generator = fastinit.Generator(1)
        table = OnGPU(gpu, self.values.view(np.uint8).reshape(2, 20))
        with pytest.raises(RuntimeError, match="could not start a kernel"):
            fastinit.quantized_rows_(table, 12, "he_normal", seed=generator)
        assert generator.get_state()["next_stream"] == 0

    def test_no_package(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "cuda.bindings.driver", None)
        self.fails(ImportError, r"pip install 'fastinit-sampler\[cuda\]'")

    def test_no_driver(self, gpu):
        def missing(flags):
            raise RuntimeError("libcuda.so.1 was not found")

        gpu.cuInit = missing
        self.fails(RuntimeError, "needs NVIDIA's driver, which is not installed here .libcuda.so.1")

    def test_a_driver_that_does_not_start(self, gpu):
        gpu.cuInit = lambda flags: (100,)
        self.fails(RuntimeError, "the driver of the GPU could not start: error 100")

    def test_no_compiler(self, gpu):
        def missing():
            raise RuntimeError("libnvrtc.so.13 was not found")

        gpu.compiler.nvrtcVersion = missing
        self.fails(ImportError, "needs NVRTC, which cuda-bindings does not find")

    def test_a_driver_that_is_out_of_date(self, gpu):
        gpu.version = 12040
        self.fails(
            RuntimeError,
            r"the driver has CUDA 12\.4, .* CUDA 13: update the driver, or pip install",
        )

    def test_a_gpu_that_is_too_old(self, gpu):
        gpu.attributes |= {"major": 6, "minor": 1}
        self.fails(
            RuntimeError, r"capability 6\.1, for which NVRTC 13\.5 makes no code \(it knows 75"
        )

    def test_memory_that_no_gpu_of_this_process_has(self, gpu):
        gpu.memory.clear()
        self.fails(ValueError, "no GPU of this process has memory at the address 0x")

    def test_memory_that_is_read_only(self, gpu):
        self.out = OnGPU(gpu, self.values, read_only=True)
        self.fails(ValueError, "out is read-only")

    def test_another_dtype(self, gpu):
        self.out = OnGPU(gpu, self.values.view(np.int32))
        self.fails(TypeError, "the dtype of out must be float32, .* got int32")

    def test_memory_that_is_not_aligned(self, gpu):
        """A GPU would stop, with all work of the process."""
        raw = np.zeros(44, np.uint8)
        self.out = OnGPU(gpu, raw[1:41].view(np.float32))
        self.fails(ValueError, "must be aligned to the 4 bytes of float32, got the address 0x")
        records = np.zeros(4, [("a", np.float32), ("b", np.uint8)])
        self.out = OnGPU(gpu, records["a"])
        self.fails(ValueError, r"aligned .* strides \(5,\): give an aligned copy")
        assert not raw.any()
        assert not records["a"].any()

    def test_row_numbers_that_are_not_aligned(self, gpu):
        ids = np.zeros(20, np.uint8)[2:18].view(np.int64)
        weight = fastinit.Weight((9, 5), "he_normal", seed=1, name="w")
        with pytest.raises(ValueError, match="row numbers on a GPU must be aligned to the 8 bytes"):
            weight.rows(OnGPU(gpu, ids), out=OnGPU(gpu, self.values.reshape(2, 5)))

    def test_elements_that_share_memory(self, gpu):
        self.out = OnGPU(gpu, np.broadcast_to(self.values, (3, 10)))
        self.fails(ValueError, "out must not have elements that share memory")

    def test_a_kernel_that_does_not_start(self, gpu):
        gpu.cuLaunchKernel = lambda *_: (400,)
        self.fails(RuntimeError, "the driver of the GPU could not start a kernel: error 400")


class TestCache:
    """Compiled code on disk."""

    def fill(self, gpu):
        made = np.zeros(100, np.float32)
        fastinit.normal_(OnGPU(gpu, made), seed=1)
        assert equal(made, fastinit.normal(100, seed=1))

    def files(self, tmp_path):
        return list((tmp_path / "cache" / "fastinit").iterdir())

    def test_the_next_process_compiles_nothing(self, gpu, tmp_path):
        self.fill(gpu)
        (file,) = self.files(tmp_path)
        assert file.name.startswith("contiguous_NORMAL_FLOAT32-sm_86-")
        assert file.stat().st_mode & 0o77 == 0
        forget()
        self.fill(gpu)
        assert len(gpu.compiler.compiled) == 1

    @pytest.mark.parametrize("content", [b"", b"x" * 10, b"y" * 5000])
    def test_a_file_that_is_not_whole_is_made_again(self, gpu, tmp_path, content):
        self.fill(gpu)
        (file,) = self.files(tmp_path)
        whole = file.read_bytes()
        file.write_bytes(content)
        forget()
        self.fill(gpu)
        assert self.files(tmp_path) == [file]
        assert file.read_bytes() == whole

    def test_everything_that_the_code_depends_on_is_in_the_name(self, gpu, monkeypatch):
        kernel = source.all_kernels()[3]
        names = {cache.path_of(kernel, "sm_90"), cache.path_of(kernel, "sm_80")}
        names.add(cache.path_of(source.all_kernels()[4], "sm_90"))
        gpu.compiler.version = (13, 4)
        names.add(cache.path_of(kernel, "sm_90"))
        monkeypatch.setattr(cache, "OPTIONS", (*source.OPTIONS, "--other"))
        names.add(cache.path_of(kernel, "sm_90"))
        monkeypatch.setattr(cache, "headers", lambda: {"loops.cuh": "other"})
        names.add(cache.path_of(kernel, "sm_90"))
        assert len(names) == 6

    def test_a_folder_that_cannot_be_written(self, gpu, tmp_path):
        (tmp_path / "cache").write_text("a file is in the place of the folder")
        self.fill(gpu)
        forget()
        self.fill(gpu)
        assert len(gpu.compiler.compiled) == 2

    def test_a_write_that_fails_leaves_nothing(self, gpu, tmp_path, monkeypatch):
        def fail(self, target):
            raise OSError("no space left")

        monkeypatch.setattr(cache.Path, "replace", fail)
        self.fill(gpu)
        assert self.files(tmp_path) == []

    def test_threads_compile_a_kernel_once(self, gpu):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: self.fill(gpu), range(8)))
        assert len(gpu.compiler.compiled) == 1

    def test_no_home(self, monkeypatch):
        def missing():
            raise RuntimeError("no home")

        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.setattr(cache.Path, "home", missing)
        monkeypatch.setattr(compiler, "version", lambda: (13, 5))
        made = compiler.Compiled(b"code", "", "")
        monkeypatch.setattr(compiler, "compile_kernels", lambda *_: made)
        assert cache.binary_of(source.all_kernels()[0], "sm_90") == b"code"
