"""Fills on devices without kernels: tests/support/copying_device.py is one."""

import itertools
import math
import threading
import warnings

import numpy as np
import pytest
import torch
from torch._subclasses import FakeTensorMode

import fastinit
import fastinit.torch as init
from fastinit._engine import copies, engine
from fastinit._memory import devices, torch_tensors
from fastinit.torch import operators
from tests.support import copying_device
from tests.support.laws import FLOATS

pytestmark = pytest.mark.once

BLOCK = 256


@pytest.fixture
def log(monkeypatch):
    """Make the device; blocks are small, so that each fill has many."""
    monkeypatch.setattr(copies, "BLOCK_BYTES", BLOCK)
    with copying_device.copying_device() as found:
        yield found


@pytest.fixture
def working_device():
    """Make the device with all operators of PyTorch, for modules."""
    with copying_device.copying_device(with_operators=True):
        yield torch.device(copying_device.NAME)


def empty(*shape, dtype=torch.float32):
    """Return two tensors with the same content: on the device and on the CPU."""
    tensor = torch.empty(shape, dtype=dtype, device=copying_device.NAME)
    return tensor, copying_device.values_of(tensor)


def equal(tensor, expected):
    given = copying_device.values_of(tensor)
    return given.dtype == expected.dtype and torch.equal(
        *(each.reshape(-1).view(torch.uint8) for each in (given, expected))
    )


VIEWS = {
    "whole": lambda tensor: tensor,
    "transposed": lambda tensor: tensor.T,
    "strided": lambda tensor: tensor[1:40:3, 2:9:2],
    "one element": lambda tensor: tensor[3, 4],
    "one row": lambda tensor: tensor[5:6],
}

CALLS = {
    "uniform_": lambda out: fastinit.uniform_(out, -0.3, 0.4, seed=3, stream="x", offset=2**34 + 5),
    "normal_": lambda out: fastinit.normal_(out, 0.1, 0.3, seed=3, stream=7, offset=1),
    "trunc_normal_": lambda out: fastinit.trunc_normal_(out, 0, 0.3, 0.5, 2, seed=3),
    "constant_": lambda out: fastinit.constant_(out, -0.0),
}


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.usefixtures("log")
def test_fills_have_the_bits_of_the_cpu(call, name):
    for view in VIEWS.values():
        tensor, expected = empty(41, 11, dtype=getattr(torch, name))
        out = view(tensor)
        assert call(out) is out
        call(view(expected))
        assert equal(tensor, expected)


@pytest.mark.usefixtures("log")
def test_schemes_and_words():
    tensor, expected = empty(100, 30)
    for out in (tensor, expected):
        fastinit.he_normal_(out, seed=1, stream="w")
    assert equal(tensor, expected)
    for name in ("uint32", "uint64"):
        tensor, expected = empty(99, dtype=getattr(torch, name))
        for out in (tensor, expected):
            fastinit.random_bits_(out, seed=1, offset=3)
        assert equal(tensor, expected)


WHOLE_WEIGHTS = {
    "orthogonal_": ((9, 4, 2), {"seed": 1, "stream": "w", "gain": 2.0}),
    "delta_orthogonal_": ((6, 4, 3), {"seed": 1}),
    "sparse_": ((12, 7), {"sparsity": 0.3, "seed": 1}),
    "identity_plus_noise_": ((8, 8), {"seed": 1}),
    "identity_hadamard_": ((8, 5), {}),
    "eye_": ((8, 5), {"gain": 3.0}),
    "dirac_": ((6, 4, 3), {"groups": 2}),
    "lstm_bias_": ((40,), {"forget": 2.0}),
}


#: Those of any number of axes from two on.
OF_MATRICES = ("orthogonal_", "identity_hadamard_")


@pytest.mark.parametrize("name", WHOLE_WEIGHTS)
def test_whole_weights_are_made_on_the_cpu(log, name):
    shape, options = WHOLE_WEIGHTS[name]
    function = getattr(fastinit, name)
    for place in (np.s_[:], np.s_[..., ::2]):
        *others, last = shape
        given = (*others, last * 2) if place == np.s_[..., ::2] else shape
        tensor, expected = empty(*given, dtype=torch.float16)
        out = tensor[place]
        assert function(out, **options) is out
        function(expected[place], **options)
        assert equal(tensor, expected)
    log.copies.clear()
    tensor, before = empty(1, 2, 2, 2, 2, 2)
    with pytest.raises(ValueError, match="the shape must"):
        function(tensor[0, 0, 0, 0, 0] if name in OF_MATRICES else tensor, **options)
    assert equal(tensor, before)
    assert log.copies == []


@pytest.mark.usefixtures("log")
def test_whole_weights_by_pytorch_s_names():
    for function in (init.orthogonal_, lambda tensor, **more: init.sparse_(tensor, 0.3, **more)):
        tensor, expected = empty(8, 5)
        for each in (tensor, expected):
            function(torch.nn.Parameter(each), seed=1, stream="w")
        assert equal(tensor, expected)


WEIGHT = fastinit.Weight((60, 3, 10), fastinit.Normal(0.1, 0.3), seed=5, name="w", padding_idx=7)


@pytest.mark.parametrize(
    "index",
    [
        np.s_[:], np.s_[5:9], np.s_[::-3, 1, 2:], 7, np.s_[7, 1:], [3, 7, 3], [[1, 7], [59, 0]],
        # Elements of rows, many in each block.
        (np.arange(180) // 3, np.arange(180) % 3), (slice(None), [2, 0]), ([3, 7, 7], [0, 1, 2], 4),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("log")
def test_parts_of_a_weight(index):
    values = torch.from_numpy(WEIGHT[index])
    tensor, expected = empty(*values.shape[:-1], 2 * values.shape[-1])
    for place in (np.s_[..., ::2], np.s_[..., : values.shape[-1]]):
        WEIGHT.fill(tensor[place], index)
        expected[place] = values
        assert equal(tensor, expected)
    tensor, _ = empty(*values.shape)
    WEIGHT.fill(tensor, index)
    assert equal(tensor, values)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32])
@pytest.mark.parametrize("ids", [[3, 7, 59, 3], [[1, 7], [0, 2]], 5, []])
@pytest.mark.usefixtures("log")
def test_row_numbers_on_the_device(ids, dtype):
    numbers = torch.tensor(ids, dtype=dtype)
    on_device, _ = empty(*numbers.shape, dtype=dtype)
    on_device.copy_(numbers)
    tensor, expected = empty(*numbers.shape, 3, 10)
    assert WEIGHT.rows(on_device, out=tensor) is tensor
    WEIGHT.rows(numbers, out=expected)
    assert equal(tensor, expected)


def test_wrong_row_numbers_write_nothing(log):
    ids, _ = empty(2, dtype=torch.int64)
    ids.copy_(torch.tensor([3, 60]))
    tensor, before = empty(2, 3, 10)
    log.copies.clear()
    with pytest.raises(IndexError, match=r"row numbers must be in \[0, 60\), got 60"):
        WEIGHT.rows(ids, out=tensor)
    with pytest.raises(ValueError, match=r"out must have the shape \(1, 3, 10\), got \(2, 3, 10\)"):
        WEIGHT.rows(ids[:1], out=tensor)
    assert equal(tensor, before)
    assert log.copies == []


@pytest.mark.parametrize("dim", [33, 700])
@pytest.mark.parametrize("bits", [8, 4, 2])
@pytest.mark.usefixtures("log")
def test_quantized_rows_are_never_divided(bits, dim):
    row_bytes = fastinit.quantized_row_bytes(dim, bits)
    tensor, expected = empty(9, row_bytes + 3, dtype=torch.uint8)
    for out in (tensor, expected):
        rows = out[:, :row_bytes]
        fastinit.quantized_rows_(rows, dim, fastinit.Normal(), bits=bits, seed=1, first_row=2**31)
    assert equal(tensor, expected)


class TestBlocks:
    """Memory, order and threads of the copies."""

    def test_two_blocks_hold_any_array(self, log, monkeypatch):
        made = []

        def cpu_bytes(count, *, pinned):
            made.append((count, pinned))
            return torch_tensors.cpu_bytes(count, pinned=pinned)

        monkeypatch.setattr(copies, "cpu_bytes", cpu_bytes)
        fastinit.uniform_(empty(1000)[0], seed=1)
        assert made == [(BLOCK, True), (BLOCK, True)]
        assert log.copies == [BLOCK] * 15 + [4000 - 15 * BLOCK]
        made.clear()
        fastinit.uniform_(empty(50)[0], seed=1)
        fastinit.uniform_(empty(0, 3)[0], seed=1)
        assert made == [(200, False)]

    def test_a_block_is_copied_while_the_next_one_is_made(self, log):
        tensor, _ = empty(300)
        array = devices.device_array(tensor)
        begun = [threading.Event() for _ in range(6)]
        numbers = itertools.count()
        others = set()

        def write(block, part):
            begun[part.first // 64].set()
            others.add(threading.current_thread())
            block[:] = part.first

        def before_copy():
            following = next(numbers) + 1
            assert following == 5 or begun[following].wait(20)

        log.before_copy = before_copy
        copies.fill_by_copies(array, write)
        expected = torch.arange(300, dtype=torch.float32) // 64 * 64
        assert equal(tensor, expected)
        assert len(others - {threading.current_thread()}) >= 1

    @pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError("the bus failed")])
    def test_an_interruption_ends_the_fill(self, log, error):
        tensor, before = empty(1000)
        numbers = itertools.count()

        def before_copy():
            if next(numbers) == 3:
                raise error

        log.before_copy = before_copy
        generator = fastinit.Generator(1)
        threads = threading.active_count()
        with pytest.raises(error if isinstance(error, type) else type(error)):
            fastinit.normal_(tensor, seed=generator)
        assert threading.active_count() == threads
        assert generator.get_state()["next_stream"] == 0
        expected = torch.from_numpy(fastinit.normal(1000, seed=fastinit.Generator(1)))
        expected[3 * BLOCK // 4 :] = before[3 * BLOCK // 4 :]
        assert equal(tensor, expected)

    @pytest.mark.usefixtures("log")
    def test_an_error_while_a_block_is_made_reaches_the_caller(self):
        array = devices.device_array(empty(300)[0])

        def write(block, part):
            if part.first >= 128:
                raise MemoryError

        with pytest.raises(MemoryError):
            copies.fill_by_copies(array, write)

    @pytest.mark.usefixtures("log")
    def test_a_device_that_keeps_its_source_gets_new_blocks(self, monkeypatch):
        monkeypatch.setattr(copies, "keeps_what_it_copies", lambda _: True)
        sources = []
        copy = copies.copy_bytes

        def keep(target, source):
            sources.append((source, source.clone()))
            copy(target, source)

        monkeypatch.setattr(copies, "copy_bytes", keep)
        fastinit.normal_(empty(1000)[0], seed=1)
        assert len(sources) == 16
        assert all(torch.equal(source, then) for source, then in sources)

    @pytest.mark.usefixtures("log")
    def test_threads_make_a_block_together(self, monkeypatch):
        monkeypatch.setattr(copies, "BLOCK_BYTES", 2 << 20)
        counts = []
        run = engine.run_chunks
        monkeypatch.setattr(
            engine, "run_chunks", lambda *each: counts.append(each[-1]) or run(*each)
        )
        tensor, expected = empty(1 << 20)
        for out in (tensor, expected):
            fastinit.normal_(out, seed=1, threads=2)
        assert equal(tensor, expected)
        assert counts == [2, 2, 2]  # two blocks, and the array on the CPU


class TestErrors:
    """Each of them comes before a byte is written."""

    @pytest.fixture(autouse=True)
    def untouched(self, log):
        self.log = log
        self.tensor, before = empty(30)
        yield
        assert equal(self.tensor, before)

    def fails(self, kind, match, out=None):
        generator = fastinit.Generator(1)
        with pytest.raises(kind, match=match):
            fastinit.normal_(self.tensor if out is None else out, seed=generator)
        assert generator.get_state()["next_stream"] == 0

    def test_a_device_without_copies(self):
        self.log.error = NotImplementedError("no kernel")
        self.fails(ValueError, "PyTorch cannot copy from the CPU to privateuseone:0: fill an array")

    def test_another_dtype(self):
        out = torch.empty(3, dtype=torch.int32, device=copying_device.NAME)
        self.fails(TypeError, "the dtype of out must be float32, .* got int32", out)

    def test_elements_that_share_memory(self):
        self.fails(ValueError, "elements that share memory", self.tensor.expand(4, 30))

    def test_a_tensor_that_requires_grad(self):
        self.fails(ValueError, "it is a tensor that requires grad", self.tensor.requires_grad_())

    def test_a_lazily_negated_view(self):
        self.fails(ValueError, "lazily negated", torch._neg_view(self.tensor))  # noqa: SLF001


def test_tensors_without_memory_are_refused_as_before():
    with pytest.raises(ValueError, match="on the meta device, which has no memory"):
        fastinit.normal_(torch.empty(3, device="meta"), seed=1)
    with FakeTensorMode():
        fake = torch.empty(3, device="cuda")
    with pytest.raises(ValueError, match="a FakeTensor, which has no memory"):
        fastinit.normal_(fake, seed=1)


@pytest.mark.usefixtures("log")
def test_autograd_knows_of_the_fill():
    tensor, _ = empty(300)
    version = tensor._version  # noqa: SLF001
    fastinit.normal_(tensor, seed=1)
    assert tensor._version > version  # noqa: SLF001
    with torch.inference_mode():
        made, expected = empty(300)
    fastinit.normal_(made, seed=1)
    assert equal(made, torch.from_numpy(fastinit.normal(300, seed=1)))
    assert made.is_inference()
    with torch.inference_mode():
        fastinit.normal_(tensor, seed=2)
    fastinit.normal_(expected, seed=2)
    assert equal(tensor, expected)


FUNCTIONS = {
    "uniform_": lambda tensor, **more: init.uniform_(tensor, -0.1, 0.2, **more),
    "normal_": lambda tensor, **more: init.normal_(tensor, 1, 0.2, **more),
    "trunc_normal_": lambda tensor, **more: init.trunc_normal_(tensor, std=0.7, **more),
    "xavier_uniform_": init.xavier_uniform_,
    "xavier_normal_": lambda tensor, **more: init.xavier_normal_(tensor, 2.0, **more),
    "kaiming_uniform_": lambda tensor, **more: init.kaiming_uniform_(tensor, a=0.1, **more),
    "kaiming_normal_": init.kaiming_normal_,
    "he_normal_": init.he_normal_,
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.usefixtures("log")
def test_functions_of_pytorch_s_names_have_the_bits_of_the_cpu(function):
    for more in (
        dict,
        lambda: {"generator": torch.Generator().manual_seed(3)},
        lambda: {"seed": 5, "stream": "w"},
    ):
        results = []
        for tensor in empty(64, 40):
            torch.manual_seed(1)
            parameter = torch.nn.Parameter(tensor)
            assert function(parameter, **more()) is parameter
            results.append((parameter.detach(), torch.get_rng_state()))
        (tensor, state), (expected, expected_state) = results
        assert equal(tensor, expected)
        assert torch.equal(state, expected_state)


@pytest.mark.usefixtures("log")
def test_shards():
    weight = fastinit.Weight((100, 8), "xavier", seed=0, name="w", padding_idx=41, dtype="bfloat16")
    tensor, _ = empty(20, 4, dtype=torch.bfloat16)
    version = tensor._version  # noqa: SLF001
    assert init.init_shard_(tensor, weight, (40, 2)) is tensor
    assert tensor._version > version  # noqa: SLF001
    values = copying_device.values_of(tensor).view(torch.uint16).numpy()
    assert values.tobytes() == weight[40:60, 2:6].tobytes()


def model():
    return torch.nn.Sequential(
        torch.nn.Embedding(50, 8, padding_idx=3),
        torch.nn.Linear(8, 8),
        torch.nn.BatchNorm1d(8),
        torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(8, 3)),
    )


SCHEMES = {
    "1.weight": "orthogonal",
    "2.weight": "ones",
    "*.bias": "zeros",
    "*": "xavier",
}


def test_modules_get_the_values_that_they_have_on_the_cpu(working_device):
    expected = model()
    made = model().to_empty(device=working_device)
    report = init.init_module(expected, schemes=SCHEMES, seed=5)
    assert init.init_module(made, schemes=SCHEMES, seed=5) == report
    for (name, one), other in zip(
        made.state_dict().items(), expected.state_dict().values(), strict=True
    ):
        assert one.device.type == copying_device.NAME
        if name.endswith(("._u", "._v")):  # of products that the device may sum in another order
            assert torch.allclose(copying_device.values_of(one), other)
        else:
            assert equal(one, other), name


def test_parameters_in_one_memory_of_a_device(working_device):
    module = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4)).to(working_device)
    module[1].weight.data = module[0].weight.data
    report = init.init_module(module, schemes={"*.weight": "he_normal", "*": 0}, seed=1)
    assert [(tie.name, tie.of) for tie in report.tied] == [("1.weight", "0.weight")]
    both = torch.empty(40, device=working_device)
    module[0].weight, module[1].weight = (
        torch.nn.Parameter(part.view(4, 4)) for part in (both[:16], both[16:32])
    )
    init.init_module(module, schemes={"*.weight": "he_normal", "*": 0}, seed=1)
    module[1].weight = torch.nn.Parameter(module[0].weight.detach()[1:])
    before = copying_device.values_of(module[0].weight)
    with pytest.raises(ValueError, match=r"'0\.weight' and '1\.weight' share memory"):
        init.init_module(module, schemes={"*.weight": "xavier", "*": 0}, seed=2)
    assert equal(module[0].weight.detach(), before)


class TestAccelerate:
    """`accelerate` on a device that PyTorch has random kernels for."""

    @pytest.fixture(autouse=True)
    def kernels(self, log, monkeypatch):
        """PyTorch's kernels for the device, which write a number that no fill makes."""
        self.made = made = []

        def pytorch(tensor, first=0.0, second=1.0, *, generator=None):
            made.append((first, second, generator))
            return tensor.copy_(torch.full(tensor.shape, 1000.0))

        monkeypatch.setattr(operators, "_registered", set())
        below = torch.library.Library("aten", "IMPL")
        ours = torch.library.Library("aten", "IMPL")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch warns about replaced kernels
            for operator in operators.ON_DEVICES:
                below.impl(operator, pytorch, "PrivateUse1")
            operators.register()
            operators.register_for_device(ours, "PrivateUse1")
        yield
        ours._destroy()  # noqa: SLF001
        below._destroy()  # noqa: SLF001

    @pytest.mark.parametrize("seed", [None, 3])
    def test_fills_have_the_bits_of_the_cpu(self, seed):
        tensors = [torch.nn.Parameter(each) for each in empty(20, 7)]
        reports = []
        for steps in range(1, 5):
            for tensor in tensors:
                torch.manual_seed(1)
                with init.accelerate(seed) as report:
                    for fill in FILLS[:steps]:
                        fill(tensor)
                reports.append((report.tensors, report.elements, dict(report.passed)))
            assert equal(tensors[0].detach(), tensors[1].detach())
            assert reports[-1] == reports[-2] == (steps, 140 * steps, {})
        assert self.made == []

    def test_pytorch_makes_what_it_made_before(self):
        tensor, _ = empty(20)
        tensor.uniform_(0, 2)
        generator = torch.Generator().manual_seed(77)
        with init.accelerate(1) as report:
            tensor.normal_(1, 3, generator=generator)
        assert [made[:2] for made in self.made] == [(0.0, 2.0), (1.0, 3.0)]
        assert self.made[0][2] is None
        assert self.made[1][2].initial_seed() == generator.initial_seed()
        assert report.tensors == 0
        assert sum(report.passed.values()) == 1

    def test_bad_parameters_are_left_to_pytorch(self):
        tensor, _ = empty(20)
        with init.accelerate():
            tensor.uniform_(0, math.inf)
        assert self.made == [(0.0, math.inf, None)]


FILLS = [
    lambda tensor: tensor.data.uniform_(-0.5, 0.25),
    lambda tensor: torch.nn.init.normal_(tensor, 0, 0.1),
    torch.nn.init.trunc_normal_,
    torch.nn.init.kaiming_uniform_,
]
