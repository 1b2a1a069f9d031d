"""Memory of other libraries: DLPack, the array interface and buffers, filled where it is."""

from __future__ import annotations

import array
import ctypes
import gc
import mmap
import weakref

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import torch

import fastinit
from fastinit._memory import arrays, dlpack

DTYPES = ["float32", "float64", "bfloat16", "float16", "float8_e4m3fn", "float8_e5m2"]


def bits_of(tensor):
    """Return a torch tensor's bytes in C order, whatever its dtype and strides."""
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def like_torch(dtype):
    return getattr(torch, dtype)


# PyTorch's tensors


@pytest.mark.parametrize("dtype", DTYPES)
def test_torch_tensors_are_filled_where_they_are(dtype):
    tensor = torch.zeros(50, 7, dtype=like_torch(dtype))
    place = tensor.data_ptr()
    assert fastinit.normal_(tensor, seed=3, stream="w") is tensor
    assert tensor.data_ptr() == place
    expected = fastinit.normal((50, 7), dtype=dtype, seed=3, stream="w")
    assert bits_of(tensor) == expected.tobytes()


FILLS = {
    "uniform_": (-1.0, 1.0),
    "normal_": (),
    "trunc_normal_": (),
    "he_normal_": (),
    "orthogonal_": (),
    "zeros_": None,
    "eye_": None,
}


@pytest.mark.parametrize("name", FILLS)
def test_every_fill_takes_them(name):
    arguments = FILLS[name]
    options = {} if arguments is None else {"seed": 1}
    tensor = torch.full((8, 6), 7.0, dtype=torch.bfloat16)
    out = np.full((8, 6), 7.0, ml_dtypes.bfloat16)
    for each in (tensor, out):
        assert getattr(fastinit, name)(each, *(arguments or ()), **options) is each
    assert bits_of(tensor) == out.tobytes()


def test_bits_weights_generators_and_quantised_rows_take_them():
    words = torch.zeros(9, dtype=torch.uint32)
    fastinit.random_bits_(words, seed=1)
    assert np.array_equal(words.numpy(), fastinit.random_bits(9, seed=1))
    weight = fastinit.Weight((6, 4), "he_normal", seed=1, name="w", dtype="bfloat16")
    rows = torch.zeros(2, 4, dtype=torch.bfloat16)
    assert weight.fill(rows, slice(2, 4)) is rows
    assert bits_of(rows) == weight[2:4].tobytes()
    drawn = torch.zeros(5)
    assert fastinit.Generator(3).random(dtype="float32", out=drawn) is drawn
    assert np.array_equal(drawn.numpy(), fastinit.Generator(3).random(5, dtype=np.float32))
    quantised = torch.zeros(4, 16 + 8, dtype=torch.uint8)
    fastinit.quantized_rows_(quantised, 16, fastinit.Uniform(-1, 1), bits=8, seed=2)
    expected = fastinit.quantized_rows((4, 16), fastinit.Uniform(-1, 1), bits=8, seed=2)
    assert np.array_equal(quantised.numpy(), expected)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize(
    "view",
    [
        lambda t: t.T,
        lambda t: t[2:, 1:],  # a storage offset
        lambda t: t[::3, ::2],
        lambda t: t[3],
        lambda t: t[4, 5],
        lambda t: t[:0],
        lambda t: t.reshape(5, 2, 2, 4).permute(3, 0, 2, 1),
    ],
)
def test_strides_and_offsets(dtype, view):
    tensor = torch.full((10, 8), 7.0, dtype=like_torch(dtype))
    part = view(tensor)
    fastinit.normal_(part, seed=5)
    assert bits_of(part) == fastinit.normal(tuple(part.shape), dtype=dtype, seed=5).tobytes()
    untouched = (tensor == 7.0).sum()
    assert untouched >= tensor.numel() - part.numel()


def test_shared_and_pinned_like_memory():
    shared = torch.zeros(20).share_memory_()
    fastinit.uniform_(shared, seed=1)
    assert np.array_equal(shared.numpy(), fastinit.uniform(20, seed=1))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: torch.nn.Parameter(torch.ones(3)), ValueError, "or fill tensor.detach"),
        (lambda: torch.ones(3, device="meta"), ValueError, r"filled in place.*meta"),
        (
            lambda: torch.ones(3).to_sparse(),
            ValueError,
            r"filled in place.*layout torch.sparse_coo: fill its values",
        ),
        (lambda: torch.ones(1).expand(4), ValueError, "share memory"),
        (lambda: torch.ones(3, dtype=torch.int32), TypeError, "float8_e5m2, got int32"),
        (lambda: torch.ones(3, dtype=torch.bool), TypeError, "type code 6 with 8 bits and 1 lanes"),
        (lambda: torch.ones(3, dtype=torch.complex64), TypeError, "type code 5 with 64 bits"),
    ],
)
def test_torch_tensors_that_cannot_be_filled(make, error, message):
    with pytest.raises(error, match=message):
        fastinit.normal_(make(), seed=1)


def test_a_parameter_by_its_detached_tensor():
    parameter = torch.nn.Parameter(torch.ones(30))
    fastinit.normal_(parameter.detach(), seed=1)
    assert np.array_equal(parameter.detach().numpy(), fastinit.normal(30, seed=1))


# Other libraries: what they say of themselves


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_jax_arrays_are_refused(dtype):
    values = jnp.ones(4, dtype)
    with pytest.raises(TypeError, match=r"a JAX array, which is immutable: use fastinit\.jax"):
        fastinit.normal_(values, seed=1)
    assert (values == 1).all()


class Exporter:
    """A tensor library in one object: memory, and whatever it says of it.

    The capsule is made as DLPack's rules want it: its destructor calls the deleter, unless a
    consumer has renamed it.
    """

    DESTRUCTOR = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)
    DELETER = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)
    new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, DESTRUCTOR)(
        ("PyCapsule_New", ctypes.pythonapi)
    )
    is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)(
        ("PyCapsule_IsValid", ctypes.pythonapi)
    )

    def __init__(self, values, *, code=2, bits=32, lanes=1, strides=None, byte_offset=0, flags=0,
                 version=(1, 0), device=(1, 0)):  # fmt: skip
        self.values, self.device, self.deleted, self.calls = values, device, 0, []
        self.shape = (ctypes.c_int64 * values.ndim)(*values.shape)
        self.strides = strides and (ctypes.c_int64 * values.ndim)(*strides)
        self.name = dlpack.VERSIONED if version else dlpack.UNVERSIONED
        self.destructor, self.deleter = self.DESTRUCTOR(self.destroy), self.DELETER(self.delete)
        pointer = ctypes.POINTER(ctypes.c_int64)
        tensor = dlpack.Tensor(
            values.ctypes.data - byte_offset, dlpack.Device(*device), values.ndim,
            dlpack.DataType(code, bits, lanes), ctypes.cast(self.shape, pointer),
            ctypes.cast(self.strides, pointer) if strides else None, byte_offset,
        )  # fmt: skip
        deleter = ctypes.cast(self.deleter, ctypes.c_void_p)
        if version:
            self.managed = dlpack.VersionedTensor(*version, None, deleter, flags, tensor)
        else:
            self.managed = dlpack.ManagedTensor(tensor, None, deleter)

    def delete(self, _):
        self.deleted += 1

    def destroy(self, capsule):
        if self.is_valid(capsule, self.name):
            self.deleter(ctypes.addressof(self.managed))

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, **arguments):
        self.calls.append(arguments)
        return self.new(ctypes.addressof(self.managed), self.name, self.destructor)


def seven(*shape, dtype=np.float32):
    return np.full(shape, 7, dtype)


def test_the_deleter_is_called_once_and_not_before_the_last_view_is_gone():
    exporter = Exporter(seven(4, 6))
    fastinit.uniform_(exporter, seed=1)
    gc.collect()
    assert exporter.deleted == 1
    assert np.array_equal(exporter.values, fastinit.uniform((4, 6), seed=1))

    exporter = Exporter(seven(4, 6))
    view = arrays.as_array(exporter)[1:, ::2].T
    gc.collect()
    assert exporter.deleted == 0
    assert (view == 7).all()
    del view
    gc.collect()
    assert exporter.deleted == 1


def test_the_deleter_is_called_once_after_an_error():
    for refused in (
        Exporter(seven(3), lanes=2),
        Exporter(seven(3), flags=dlpack.READ_ONLY_FLAG),
        Exporter(seven(3), version=(2, 0)),
        Exporter(seven(0)),
    ):
        if refused.values.size:
            with pytest.raises((TypeError, ValueError), match="out"):
                fastinit.uniform_(refused, seed=1)
        else:
            fastinit.uniform_(refused, seed=1)
        gc.collect()
        assert refused.deleted == 1
        assert (refused.values == 7).all()


def test_a_real_exporter_lets_its_memory_go():
    class Array(np.ndarray):
        """An array that can be watched."""

    class OnlyDLPack:
        def __init__(self, values):
            self.__dlpack__ = values.__dlpack__
            self.__dlpack_device__ = values.__dlpack_device__

    values = seven(30).view(Array)
    watched = weakref.ref(values)
    view = arrays.as_array(OnlyDLPack(values))
    del values
    gc.collect()
    assert watched() is not None
    assert (view == 7).all()
    del view
    gc.collect()
    assert watched() is None


def test_strides_byte_offset_and_dtypes_of_a_capsule():
    by_columns = seven(6, 4).T
    fastinit.normal_(Exporter(by_columns, strides=(1, 4)), seed=1)
    assert np.array_equal(by_columns, fastinit.normal((4, 6), seed=1))
    values = seven(4, 6)
    exporter = Exporter(values, strides=(6, 1), byte_offset=32)
    fastinit.normal_(exporter, seed=1)
    assert np.array_equal(values, fastinit.normal((4, 6), seed=1))
    backwards = seven(5)
    exporter = Exporter(backwards, strides=(-1,))
    exporter.managed.tensor.data += 16  # the first element is the last in memory
    fastinit.normal_(exporter, seed=1)
    assert np.array_equal(backwards[::-1], fastinit.normal(5, seed=1))
    for (code, bits), name in dlpack.DTYPES.items():
        dtype = np.dtype(getattr(ml_dtypes, name, name))
        assert arrays.as_array(Exporter(seven(3, dtype=dtype), code=code, bits=bits)).dtype == dtype


def test_dlpacks_codes_are_those_that_torch_writes():
    for name in ("int8", "int64", "uint8", "uint16", "uint64", *DTYPES):
        dtype = getattr(ml_dtypes, name, None) or np.dtype(name)
        found = arrays.as_array(torch.zeros(3, dtype=getattr(torch, name)))
        assert found.dtype == dtype


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"device": (10, 1)}, ValueError, r"CPU memory, got ROCm memory \(device 1\)"),
        ({"device": (99, 0)}, ValueError, "DLPack's device type 99"),
        ({"flags": dlpack.READ_ONLY_FLAG}, ValueError, "read-only"),
        ({"version": None}, ValueError, "read-only"),  # as NumPy takes it
        ({"flags": dlpack.COPIED_FLAG}, ValueError, "only export a copy"),
        ({"version": (2, 1)}, ValueError, r"got version 2\.1"),
        ({"lanes": 4}, TypeError, "32 bits and 4 lanes"),
        ({"code": 17, "bits": 4}, TypeError, "type code 17 with 4 bits"),
    ],
)
def test_exporters_that_cannot_be_filled(options, error, message):
    exporter = Exporter(seven(3), **options)
    with pytest.raises(error, match=message):
        fastinit.normal_(exporter, seed=1)
    assert (exporter.values == 7).all()


@pytest.mark.parametrize("device", [1, 3, 11])
def test_memory_of_the_host_for_devices(device):
    exporter = Exporter(seven(3), device=(device, 0))
    fastinit.normal_(exporter, seed=1)
    assert np.array_equal(exporter.values, fastinit.normal(3, seed=1))
    assert exporter.calls == [{"max_version": (1, 0), "copy": False}]


def test_exporters_from_before_the_arguments():
    class Old(Exporter):
        def __dlpack__(self):
            return super().__dlpack__()

    exporter = Old(seven(3))
    fastinit.normal_(exporter, seed=1)
    assert np.array_equal(exporter.values, fastinit.normal(3, seed=1))


def test_a_capsule_that_was_used_is_refused():
    class Used(Exporter):
        def __dlpack__(self, **_):
            return self.new(ctypes.addressof(self.managed), b"used_dltensor", self.destructor)

    with pytest.raises(ValueError, match="must return a DLPack capsule"):
        fastinit.normal_(Used(seven(3)), seed=1)


def test_read_only_numpy_memory_by_dlpack():
    class OnlyDLPack:
        def __init__(self, values):
            self.values = values

        def __dlpack__(self, **arguments):
            return self.values.__dlpack__(**arguments)

        def __dlpack_device__(self):
            return self.values.__dlpack_device__()

    values = seven(3)
    fastinit.normal_(OnlyDLPack(values), seed=1)
    assert np.array_equal(values, fastinit.normal(3, seed=1))
    values.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        fastinit.normal_(OnlyDLPack(values), seed=2)


# The array interface and buffers


def test_the_array_interface():
    class Holder:
        def __init__(self, values):
            self.values, self.__array_interface__ = values, values.__array_interface__

    holder = Holder(seven(4, 5)[:, ::2])
    assert fastinit.normal_(holder, seed=1) is holder
    assert np.array_equal(holder.values, fastinit.normal((4, 3), seed=1))
    holder.values.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        fastinit.normal_(Holder(holder.values), seed=1)


def test_buffers_with_a_dtype():
    expected = fastinit.normal(12, seed=1)
    of_ctypes = (ctypes.c_float * 12)()
    of_array = array.array("f", bytes(48))
    of_bytes = bytearray(48)
    for buffer in (of_ctypes, of_array, memoryview(of_bytes).cast("f")):
        assert fastinit.normal_(buffer, seed=1) is buffer
    for each in (of_ctypes, of_array, of_bytes):
        assert bytes(each) == expected.tobytes()
    matrix = (ctypes.c_double * 3 * 4)()
    fastinit.he_normal_(matrix, seed=1)
    made = fastinit.he_normal((4, 3), dtype="float64", seed=1)
    assert np.array_equal(np.ctypeslib.as_array(matrix), made)


def test_bytes_are_told_to_take_a_dtype(tmp_path):
    path = tmp_path / "table"
    path.write_bytes(bytes(4096))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        for buffer in (mapped, bytearray(64)):
            with pytest.raises(
                TypeError, match=r"got uint8: for raw bytes, give numpy\.frombuffer"
            ):
                fastinit.normal_(buffer, seed=1)
        values = np.frombuffer(mapped, ml_dtypes.bfloat16)
        fastinit.normal_(values, seed=1)
        del values
    assert path.read_bytes() == fastinit.normal(2048, dtype="bfloat16", seed=1).tobytes()
    with pytest.raises(TypeError, match=r"float8_e5m2, got uint8$"):  # an array has a dtype
        fastinit.normal_(np.zeros(4, np.uint8), seed=1)


@pytest.mark.parametrize("out", [object(), "text", 1.5, None, [1.0], {"a": 1}])
def test_what_is_no_memory(out):
    with pytest.raises(TypeError, match=r"NumPy array or a writable buffer .* or a CPU tensor"):
        fastinit.normal_(out, seed=1)
