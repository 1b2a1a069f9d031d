"""Whoever replaces a function of ``torch.nn.init`` is heeded, and ours may be what replaces it."""

from __future__ import annotations

import functools
import inspect
import math
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

import fastinit
import fastinit.torch as init
from fastinit.torch import originals
from fastinit.torch.seeds import draw_seed

LARGE = (64, 50)
NAMES = nn.init.__all__
FILLS = [name for name in NAMES if name != "calculate_gain"]

#: Calls as users write them: the arguments after the tensor.
CALLS = [
    ("uniform_", (), {}),
    ("uniform_", (), {"b": 2.0}),
    ("uniform_", (-1.0, 1.0), {}),
    ("uniform_", (0.25,), {"generator": torch.Generator()}),
    ("normal_", (), {"std": 0.02}),
    ("normal_", (0.5, 0.02), {}),
    ("trunc_normal_", (), {"std": 0.02, "a": -0.04}),
    ("constant_", (0.3,), {}),
    ("ones_", (), {}),
    ("zeros_", (), {}),
    ("eye_", (), {}),
    ("dirac_", (), {"groups": 2}),
    ("xavier_uniform_", (2.0,), {}),
    ("xavier_normal_", (), {"gain": 0.5}),
    ("kaiming_uniform_", (), {"a": math.sqrt(5)}),
    ("kaiming_uniform_", (), {"nonlinearity": "relu"}),
    ("kaiming_normal_", (0.1, "fan_out"), {}),
    ("orthogonal_", (), {"gain": 2.0}),
    ("sparse_", (0.5,), {}),
    ("sparse_", (0.5,), {"std": 1.0}),
    ("uniform", (), {"b": 2.0}),
    ("normal", (0.0, 1.0), {"generator": None}),
    ("constant", (), {"val": 1.0}),
    ("eye", (), {}),
    ("dirac", (2,), {}),
    ("xavier_uniform", (), {}),
    ("xavier_normal", (1.5,), {}),
    ("kaiming_uniform", (), {"mode": "fan_out"}),
    ("kaiming_normal", (), {}),
    ("orthogonal", (), {}),
    ("sparse", (), {"sparsity": 0.5}),
]


@pytest.fixture
def installed(monkeypatch):
    """Put every function of ours in the place of PyTorch's."""
    for name in NAMES:
        monkeypatch.setattr(nn.init, name, getattr(init, name))


def test_the_calls_cover_every_function():
    assert {name for name, _, _ in CALLS} == set(FILLS)


@pytest.mark.parametrize(("name", "args", "kwargs"), CALLS)
def test_a_replacement_gets_the_arguments_that_were_given(monkeypatch, name, args, kwargs):
    calls = []

    def recorder(*args, **kwargs):
        calls.append((args, kwargs))
        return "its result"

    tensor = torch.full(LARGE, 3.0)
    monkeypatch.setattr(nn.init, name, recorder)
    assert getattr(init, name)(tensor, *args, **kwargs) == "its result"
    assert getattr(nn.init, name)(tensor, *args, **kwargs) == "its result"
    bind = inspect.signature(getattr(originals.pytorch, name)).bind
    ours, written = (bind(*args, **kwargs).arguments for args, kwargs in calls)
    assert calls[0][0][0] is tensor
    assert ours == written  # without those that were left at their defaults
    assert (tensor == 3.0).all()


def test_the_gain_too(monkeypatch):
    monkeypatch.setattr(nn.init, "calculate_gain", lambda nonlinearity, param=None: (7, param))
    assert init.calculate_gain("gelu") == (7, None)
    assert init.calculate_gain("gelu", 0.5) == (7, 0.5)


@pytest.mark.parametrize("shape", [(4, 5), LARGE])
@pytest.mark.parametrize("name", FILLS)
def test_programs_that_skip_initialisation(monkeypatch, name, shape):
    def skip(*args, **kwargs):
        pass

    monkeypatch.setattr(nn.init, name, skip)
    tensor = torch.full(shape, 3.0)
    state = torch.get_rng_state()
    assert getattr(init, name)(tensor, *ARGUMENTS.get(name, ())) is None
    assert (tensor == 3.0).all()
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("shape", [(4, 5), LARGE])
@pytest.mark.parametrize("name", ["uniform_", "normal_", "xavier_uniform_", "xavier_normal_"])
def test_programs_that_skip_the_functions_within(monkeypatch, name, shape):
    # As the Stable Diffusion WebUI's DisableInitialization does.
    for inner in ("_no_grad_uniform_", "_no_grad_normal_"):
        monkeypatch.setattr(nn.init, inner, lambda *args, **kwargs: None)
    tensor = torch.full(shape, 3.0)
    assert getattr(nn.init, name)(tensor) is None
    assert getattr(init, name)(tensor) is None
    assert (tensor == 3.0).all()


@pytest.mark.parametrize("shape", [(8, 5), LARGE])
@pytest.mark.parametrize("within", ["_calculate_fan_in_and_fan_out", "calculate_gain"])
@pytest.mark.parametrize(
    "name", ["xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"]
)
def test_fans_and_gains_of_others(monkeypatch, name, within, shape):
    # ColossalAI gives the fans of the whole tensor of which this is a shard.
    original = getattr(nn.init, within)
    monkeypatch.setattr(
        nn.init,
        within,
        (lambda tensor: tuple(100 * fan for fan in original(tensor)))
        if within.startswith("_")
        else (lambda nonlinearity, param=None: 10.0),
    )
    torch.manual_seed(1)
    theirs = getattr(nn.init, name)(torch.empty(shape))
    torch.manual_seed(1)
    ours = getattr(init, name)(torch.empty(shape))
    if within == "calculate_gain" and name.startswith("xavier"):
        assert abs(ours.std() / theirs.std() - 1) < 0.3
    else:
        assert torch.equal(ours, theirs)


def test_a_wrapper_of_the_inner_truncated_normal(monkeypatch):
    monkeypatch.setattr(nn.init, "_no_grad_trunc_normal_", lambda tensor, *_, **__: tensor.fill_(2))
    assert (init.trunc_normal_(torch.empty(LARGE)) == 2).all()


# -- ours in the place of PyTorch's


def end(function, tensor, *args):
    """Return how a call ends: its error, its warnings, its values."""
    torch.manual_seed(0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(tensor, *args)
        except Exception as error:  # noqa: BLE001
            return type(error), str(error)
    values = None if result.is_meta else torch.view_as_real(result + 0j).tolist()
    return [(each.category, str(each.message)) for each in caught], result is tensor, values


ARGUMENTS = {"constant_": (0.3,), "constant": (0.3,), "sparse_": (0.5,), "sparse": (0.5,)}


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.empty(6, 5, device="meta"),
        lambda: torch.zeros(6, 5, dtype=torch.complex64),
        lambda: torch.zeros(6, 5, dtype=torch.int32),
        lambda: torch.zeros(30),
        lambda: torch.zeros(4, 0),
        lambda: torch.zeros(4, 4, 3),
        lambda: torch.zeros(6, 5, dtype=torch.complex64).conj().imag,
    ],
    ids=["meta", "complex", "integers", "one axis", "empty", "three axes", "negated"],
)
@pytest.mark.parametrize("name", FILLS)
def test_installed_ours_end_as_pytorchs_do(monkeypatch, name, make):
    args = ARGUMENTS.get(name, ())
    expected = end(getattr(nn.init, name), make(), *args)
    for each in NAMES:
        monkeypatch.setattr(nn.init, each, getattr(init, each))
    for function in (getattr(nn.init, name), getattr(init, name)):
        found = end(function, make(), *args)
        if name.removesuffix("_") == "trunc_normal" and expected[-1] is not None:
            found, expected = found[:2], expected[:2]  # ours at any size
        assert found == expected


def test_layers_are_filled_by_ours(installed):
    torch.manual_seed(4)
    seed = draw_seed()
    torch.manual_seed(4)
    layer = nn.Linear(64, 64)
    expected = fastinit.kaiming_uniform((64, 64), a=math.sqrt(5), seed=seed)
    assert np.array_equal(layer.weight.detach().numpy(), expected)


def test_pytorchs_are_back_afterwards(monkeypatch):
    before = {name: getattr(nn.init, name) for name in NAMES}
    with monkeypatch.context() as patch:
        for name in NAMES:
            patch.setattr(nn.init, name, getattr(init, name))
    assert all(getattr(nn.init, name) is function for name, function in before.items())
    tensor = init.normal_(torch.empty(LARGE))
    assert 0.9 < tensor.std() < 1.1


@pytest.mark.parametrize("name", ["uniform_", "normal_", "constant_", "kaiming_uniform_"])
def test_modes_know_ours_by_pytorchs_function(monkeypatch, name):
    pytorchs, seen = getattr(nn.init, name), []
    for each in NAMES:
        monkeypatch.setattr(nn.init, each, getattr(init, each))

    class Mode(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            seen.append((func, sorted(kwargs or {})))
            return func(*args, **(kwargs or {}))

    for function in (getattr(nn.init, name), getattr(init, name)):
        seen.clear()
        with Mode():
            tensor = function(torch.zeros(LARGE), *ARGUMENTS.get(name, ()))
        assert tensor.abs().max() > 0
        shown = [keywords for func, keywords in seen if func is pytorchs]
        assert len(shown) == 1
        assert "tensor" in shown[0]


# -- replacements that call what they took for PyTorch's


def halving(captured):
    def halve(tensor, *args, **kwargs):
        captured(tensor, *args, **kwargs)
        return halve_all(tensor)

    return halve


def halve_all(tensor):
    with torch.no_grad():
        return tensor.mul_(0.5)


class Halving:
    """A replacement that is no function."""

    def __init__(self, captured):
        self.captured, self.inside = captured, 0

    def __call__(self, tensor, *args, **kwargs):
        self.inside += 1
        self.captured(tensor, *args, **kwargs)
        self.inside -= 1
        return tensor if self.inside else halve_all(tensor)


def through_others(captured):
    def inner(tensor, *args, **kwargs):
        return captured(tensor, *args, **kwargs)

    def halve(tensor, *args, **kwargs):
        functools.partial(inner, tensor)(*args, **kwargs)
        return halve_all(tensor)

    return functools.wraps(captured)(halve)


WRAPPERS = {
    "function": halving,
    "wraps": lambda captured: functools.wraps(captured)(halving(captured)),
    "through others": through_others,
    "object": Halving,
    "partial": lambda captured: functools.partial(Halving(captured)),
}


@pytest.mark.parametrize("shape", [(4, 5), LARGE])
@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize(
    "name", ["uniform_", "trunc_normal_", "ones_", "kaiming_normal_", "normal"]
)
@pytest.mark.filterwarnings("ignore:`nn.init.normal` is now deprecated")
def test_wrappers_of_ours_are_called_once(installed, monkeypatch, name, wrapper, shape):
    torch.manual_seed(5)
    expected = getattr(init, name)(torch.empty(shape)) * 0.5
    monkeypatch.setattr(nn.init, name, WRAPPERS[wrapper](getattr(nn.init, name)))
    for module in (nn.init, init):
        torch.manual_seed(5)
        assert torch.equal(getattr(module, name)(torch.empty(shape)), expected)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_wrappers_of_pytorchs_are_called_once(monkeypatch, wrapper):
    monkeypatch.setattr(nn.init, "ones_", WRAPPERS[wrapper](nn.init.ones_))
    assert (init.ones_(torch.empty(LARGE)) == 0.5).all()


def test_a_decorator_that_others_use_too_is_no_sign_of_the_replacement(installed, monkeypatch):
    # All that torch.no_grad decorates runs the same code: what closes it tells them apart.
    captured = nn.init.normal_

    @torch.no_grad()
    def keep_loaded(tensor, *args, **kwargs):
        return tensor if hasattr(tensor, "loaded") else captured(tensor, *args, **kwargs)

    @torch.no_grad()
    def initialise(tensor):
        return init.normal_(tensor)

    monkeypatch.setattr(nn.init, "normal_", keep_loaded)
    tensor = torch.full(LARGE, 3.0)
    assert initialise(tensor.clone()).std() > 0.9
    tensor.loaded = True
    assert (initialise(tensor) == 3).all()


def test_functions_that_stand_for_each_other(monkeypatch):
    monkeypatch.setattr(nn.init, "uniform_", init.normal_)
    monkeypatch.setattr(nn.init, "normal_", init.uniform_)
    for function in (init.uniform_, init.normal_, nn.init.uniform_, nn.init.normal_):
        assert torch.isfinite(function(torch.full(LARGE, math.nan))).all()


def test_pytorchs_function_of_another_name(monkeypatch):
    monkeypatch.setattr(nn.init, "kaiming_uniform_", nn.init.zeros_)
    assert not init.kaiming_uniform_(torch.ones(LARGE)).any()


def test_an_error_of_a_replacement_ends_its_call(installed, monkeypatch):
    def fail(tensor):
        raise ValueError("no")

    monkeypatch.setattr(nn.init, "ones_", fail)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            init.ones_(torch.empty(3))


# -- threads


def test_a_replacement_by_one_thread_is_seen_by_all(monkeypatch):
    monkeypatch.setattr(nn.init, "normal_", lambda tensor: tensor.fill_(5))
    tensor = torch.zeros(LARGE)
    thread = threading.Thread(target=init.normal_, args=(tensor,))
    thread.start()
    thread.join()
    assert (tensor == 5).all()


@pytest.mark.parametrize("wrapper", ["function", "object"])
def test_threads_do_not_see_each_others_calls(installed, monkeypatch, wrapper):
    inside, done = threading.Event(), threading.Event()
    captured = nn.init.normal_

    def guard(tensor):
        if tensor.numel() == 3:  # the first thread's, which stays inside
            inside.set()
            assert done.wait(60)
        return tensor if tensor[0] == 7 else captured(tensor)

    if wrapper == "object":
        guard = functools.partial(guard)
    monkeypatch.setattr(nn.init, "normal_", guard)
    thread = threading.Thread(target=init.normal_, args=(torch.zeros(3),))
    thread.start()
    assert inside.wait(60)
    loaded = torch.full((40,), 7.0)
    init.normal_(loaded)
    done.set()
    thread.join()
    assert (loaded == 7).all()


# -- imported while functions are replaced


def test_pytorchs_functions_are_found_also_while_they_are_replaced(monkeypatch):
    original = nn.init.normal_
    for name in (*NAMES, *originals.PRIVATE_FUNCTIONS):
        monkeypatch.setattr(nn.init, name, lambda *args, **kwargs: None)
    own = originals._own_functions()  # noqa: SLF001
    monkeypatch.undo()
    assert own.normal_ is not original
    for name in FILLS:
        args = ARGUMENTS.get(name, ())
        make = functools.partial(torch.zeros, (4, 4, 3) if "dirac" in name else (4, 5))
        assert end(getattr(own, name), make(), *args) == end(getattr(nn.init, name), make(), *args)


IMPORTED_IN_A_GUARD = """
import torch
from torch import nn

original = nn.init.normal_
nn.init.normal_ = lambda tensor: tensor  # keeps what is loaded
import fastinit.torch as init

loaded = torch.full((64, 50), 3.0)
init.normal_(loaded)
assert (loaded == 3).all()
nn.init.normal_ = original
assert init.normal_(loaded).std() > 0.9
assert init.normal_(loaded[:4]).std() > 0.5
"""


def test_imported_while_a_function_is_replaced():
    subprocess.run([sys.executable, "-c", IMPORTED_IN_A_GUARD], check=True)


# -- private names


@pytest.mark.parametrize(
    "name", [name for name, value in vars(nn.init).items() if name[0] == "_" != name[1]]
)
def test_private_names_are_pytorchs_own(name):
    assert getattr(init, name) is getattr(nn.init, name)


def test_a_copied_reset_parameters():
    from fastinit.torch import _calculate_fan_in_and_fan_out  # noqa: PLC0415

    layer = nn.Linear(64, 50)
    init.kaiming_uniform_(layer.weight, a=math.sqrt(5))
    fan_in, _ = init._calculate_fan_in_and_fan_out(layer.weight)  # noqa: SLF001
    assert fan_in == _calculate_fan_in_and_fan_out(layer.weight)[0] == 64
    init.uniform_(layer.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))


def test_unknown_names():
    with pytest.raises(
        AttributeError, match=r"'fastinit\.torch' has no attribute 'unifrom_': did you"
    ):
        init.unifrom_  # noqa: B018
    with pytest.raises(AttributeError, match=r"has no attribute '_calculate': did you"):
        init._calculate  # noqa: B018, SLF001
    assert set(init.__all__) <= set(dir(init))
