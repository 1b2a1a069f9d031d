"""The common case of a fill of a tensor, compiled: small, contiguous, in CPU memory.

A fill of a small tensor spends its time on the way to the memory. This module has that way for the
tensors and arguments that most calls have. For anything else it does nothing and says so; the
general path (`fills`, `operators`) has the other rules and all errors.

Guarantees: nothing is written, and no stream is taken, unless the case is the common one. The
values are those of the general path.
"""

import threading

import torch
from torch.overrides import has_torch_function_variadic

cimport cython
from cpython.weakref cimport PyWeakref_NewRef
from libc.math cimport signbit
from libc.stdint cimport uint64_t, uintptr_t

from fastinit._random.addressing import number_of_name
from fastinit._random cimport common_fills as common
from fastinit._random.next_streams cimport is_next_address

# These are private, but exist in all PyTorch versions that fastinit supports.
cdef object count_dispatch_modes = torch._C._len_torch_dispatch_stack
cdef object functorch_level = torch._C._functorch.maybe_current_level
cdef object is_compiling = torch.compiler.is_compiling
cdef object is_tracing = torch._C._is_tracing
cdef object is_profiled = torch._C._autograd._profiler_enabled
cdef object increment_version = torch._C._increment_version
cdef object is_grad_enabled = torch.is_grad_enabled
cdef object set_grad_enabled = torch._C._set_grad_enabled
cdef object forward_ad = torch.autograd.forward_ad
cdef object strided = torch.strided
cdef object Tensor = torch.Tensor
cdef object Parameter = torch.nn.Parameter

cdef enum:
    MOST_LAWS = 256


cdef class AccelerationState:
    """The state of an acceleration, which each fill reads."""

    cdef public object source
    cdef public object report
    cdef public object truncated
    cdef public object last_uniform
    cdef public bint forked
    cdef public bint in_process_group


class Thread(threading.local):
    """What belongs to a thread: the acceleration that it is in."""

    acceleration = None


thread = Thread()
cdef object of_thread = thread


cdef inline bint is_plain_type(object tensor):
    cdef object kind = type(tensor)
    return kind is Parameter or kind is Tensor


cdef inline bint is_number(object value):
    return type(value) is float or type(value) is int


cpdef bint is_small(tensor, Py_ssize_t small) except -1:
    """Say whether a plain tensor has some elements, but fewer than a number.

    It is False if a mode may change the call, and in an acceleration, which makes the fill.
    """
    return (
        is_plain_type(tensor)
        and of_thread.acceleration is None
        and not has_torch_function_variadic(tensor)
        and 0 < <Py_ssize_t>tensor.numel() < small
    )


cpdef fill_by_pytorch(tensor, bint is_uniform, first, second, generator):
    """Let PyTorch fill a plain tensor as ``torch.nn.init`` does, with less overhead."""
    # Less than torch.no_grad() takes.
    cdef bint recorded = tensor.requires_grad and is_grad_enabled()
    if recorded:
        set_grad_enabled(False)
    try:
        if generator is not None:
            if is_uniform:
                tensor.uniform_(first, second, generator=generator)
            else:
                tensor.normal_(first, second, generator=generator)
        elif type(first) is float and type(second) is float and first == 0.0 and second == 1.0:
            if is_uniform:
                tensor.uniform_()
            else:
                tensor.normal_()
        elif is_uniform:
            tensor.uniform_(first, second)
        else:
            tensor.normal_(first, second)
    finally:
        if recorded:
            set_grad_enabled(True)


@cython.final
cdef class SmallFill:
    """SmallFill(names, public, inner, is_uniform)

    The common case of ``uniform_`` or ``normal_``: PyTorch fills a small tensor.

    Parameters
    ----------
    names : dict
        The names of ``torch.nn.init``.
    public, inner : function
        The original functions of PyTorch. In the common case, none of them is replaced.
    is_uniform : bool
        Whether the function is ``uniform_``.
    """

    cdef dict names
    cdef object public
    cdef object inner
    cdef str name_of_public
    cdef str name_of_inner
    cdef bint is_uniform

    def __init__(self, dict names, public, inner, bint is_uniform):
        self.names = names
        self.public = public
        self.inner = inner
        self.name_of_public = public.__name__
        self.name_of_inner = inner.__name__
        self.is_uniform = is_uniform

    def fill(self, tensor, first, second, generator, Py_ssize_t small):
        """Fill a tensor of fewer than `small` elements; return False if it is another case."""
        if (
            not is_plain_type(tensor)
            or has_torch_function_variadic(tensor)
            or not 0 < <Py_ssize_t>tensor.numel() < small
            or self.names.get(self.name_of_public) is not self.public
            or self.names.get(self.name_of_inner) is not self.inner
        ):
            return False
        fill_by_pytorch(tensor, self.is_uniform, first, second, generator)
        return True


@cython.final
cdef class UniformFill:
    """The last uniform fill on an interval within [-1, 1], which an ``erfinv_`` may follow.

    Attributes
    ----------
    version : int
        The version of the tensor after the fill.
    address : tuple of int
        The seed and the stream.
    low, high : float
        The interval.
    """

    cdef object reference
    cdef readonly object version
    cdef readonly object address
    cdef readonly double low
    cdef readonly double high

    def tensor(self):
        """Return the tensor, or None if it is gone."""
        return self.reference()


cpdef UniformFill uniform_fill(tensor, version, address, double low, double high):
    """Return what is known of a uniform fill."""
    cdef UniformFill fill = UniformFill.__new__(UniformFill)
    fill.reference = PyWeakref_NewRef(tensor, None)
    fill.version = version
    fill.address = address
    fill.low = low
    fill.high = high
    return fill


@cython.final
cdef class FillKernel:
    """FillKernel(below, law, general, is_uniform)

    The CPU kernel of ``uniform_`` or ``normal_``, in place of the previous one.

    Parameters
    ----------
    below : callable
        The previous kernel. It takes the arguments of the operator.
    law : callable
        From a dtype and both parameters to a law, or None.
    general : callable
        Fills a tensor of any kind. It takes the acceleration and the arguments of the operator.
    is_uniform : bool
        Whether the kernel is that of ``uniform_``.
    """

    cdef object below
    cdef object law
    cdef object general
    cdef bint is_uniform
    cdef dict laws

    def __init__(self, below, law, general, bint is_uniform):
        self.below = below
        self.law = law
        self.general = general
        self.is_uniform = is_uniform
        self.laws = {}

    def __call__(self, tensor, double first=0.0, double second=1.0, *, generator=None):
        """Fill a tensor and return it."""
        cdef AccelerationState acceleration = of_thread.acceleration
        if acceleration is None:
            return self.below(tensor, first, second, generator=generator)
        place = None
        if generator is None:
            place = self.fill(acceleration, tensor, first, second)
        if place is None:
            self.general(acceleration, tensor, first, second, generator)
        elif self.is_uniform and first >= -1 and second <= 1 and not tensor.is_inference():
            # PyTorch increments the version after this.
            acceleration.last_uniform = uniform_fill(
                tensor, tensor._version + 1, place, first, second
            )
        return tensor

    def fill_directly(self, tensor, first, second):
        """Fill a tensor without the dispatcher of PyTorch.

        Return False, with nothing written, if this is not the common case, or if anything in
        PyTorch must see the operator: a mode, a transform, the tracer, the profiler.
        """
        cdef AccelerationState acceleration = of_thread.acceleration
        if (
            acceleration is None
            or not is_plain_type(tensor)
            or not is_number(first)
            or not is_number(second)
            or has_torch_function_variadic(tensor)
            or count_dispatch_modes()
            or functorch_level() is not None
            or forward_ad._current_level >= 0
            or is_tracing()
            or is_profiled()
            or not tensor.is_cpu
            or tensor.layout is not strided
            or tensor.is_neg()
            or tensor.is_inference()
        ):
            return False
        place = self.fill(acceleration, tensor, first, second)
        if place is None:
            return False
        increment_version((tensor,))
        if self.is_uniform and first >= -1 and second <= 1:
            acceleration.last_uniform = uniform_fill(
                tensor, tensor._version, place, first, second
            )
        return True

    cdef object fill(self, AccelerationState acceleration, tensor, double first, double second):
        """Fill a strided tensor in CPU memory, and return the seed and the stream.

        Return None, with nothing written, if this is not the common case.
        """
        cdef size_t count
        cdef Py_ssize_t nbytes
        cdef uintptr_t address
        cdef common.KnownLaw law
        cdef uint64_t seed, stream
        if (
            not common.is_used
            or acceleration.forked
            or acceleration.in_process_group
            or acceleration.truncated is not None
        ):
            return None
        count = tensor.numel()
        nbytes = tensor.nbytes
        if count == 0 or nbytes > common.LARGEST or not tensor.is_contiguous():
            return None
        law = self.law_of(tensor.dtype, first, second)
        if law is None:
            return None
        address = tensor.data_ptr()
        if address == 0:  # its storage was freed
            return None
        if is_next_address(acceleration.source, &seed, &stream):
            place = (seed, stream)
        else:
            place = acceleration.address()
            seed, stream = place
        common.write(law, <char *>address, count, nbytes, seed, stream, 0)
        report = acceleration.report
        report.tensors += 1
        report.elements += count
        return place

    cdef common.KnownLaw law_of(self, dtype, double first, double second):
        if (first == 0.0 and signbit(first)) or (second == 0.0 and signbit(second)):
            return None  # it would find the law of 0.0
        key = (dtype, first, second)
        known = self.laws.get(key)
        if known is not None:
            return <common.KnownLaw>known
        law = self.law(dtype, first, second)
        if law is None:
            return None
        if len(self.laws) >= MOST_LAWS:
            self.laws.clear()
        found = common.known_law(law)
        self.laws[key] = found
        return found


cdef bint is_in_cpu_memory(tensor) except -1:
    """Say whether a tensor is plain, strided and in CPU memory, so that it has an address."""
    return is_plain_type(tensor) and tensor.is_cpu and tensor.layout is strided


def place_of(tensor):
    """Return what is equal for two tensors if they are in the same memory; None without memory."""
    cdef uintptr_t address
    if not is_in_cpu_memory(tensor) or not tensor.numel():
        return None
    try:
        address = tensor.data_ptr()
    except RuntimeError:  # a functional tensor, ...
        return None
    if address == 0:
        return None
    stride = None if tensor.is_contiguous() else tensor.stride()  # the shape says the first
    return address, tensor.shape, stride, tensor.dtype


cdef object span_of(tensor):
    """Return the first address of a contiguous tensor and the one after it, or None."""
    cdef uintptr_t address
    cdef Py_ssize_t nbytes
    if not is_in_cpu_memory(tensor) or not tensor.is_contiguous():
        return None
    nbytes = tensor.nbytes
    try:
        address = tensor.data_ptr()
    except RuntimeError:
        return None
    return (address, address + nbytes) if address and nbytes else None


def are_apart(list tensors):
    """Say whether tensors are contiguous, in CPU memory, and share none of it.

    If it is False, only the general path knows.
    """
    cdef list spans = []
    for tensor in tensors:
        span = span_of(tensor)
        if span is None:
            return False
        spans.append(span)
    spans.sort()
    end = 0
    for span in spans:
        if span[0] < end:
            return False
        end = span[1]
    return True


@cython.final
cdef class ParameterFill:
    """The fill of a small parameter: its memory, what to write, and where in the random numbers."""

    cdef object tensor
    cdef common.KnownLaw law
    cdef uintptr_t address
    cdef size_t count
    cdef Py_ssize_t nbytes
    cdef uint64_t seed
    cdef uint64_t stream
    #: Everything has been checked.
    cdef readonly bint may_refuse

    def carry_out(self):
        """Write the values, and tell autograd."""
        common.write(
            self.law, <char *>self.address, self.count, self.nbytes, self.seed, self.stream, 0
        )
        increment_version((self.tensor,))


@cython.final
cdef class ParameterFills:
    """ParameterFills(seed)

    The common case of parameters of a model: small, contiguous, of a known scheme and shape.

    The general path makes the first fill of each scheme, shape and dtype, and so checks them. Then
    the law is known.

    Parameters
    ----------
    seed : int
    """

    cdef uint64_t seed
    cdef bint is_common
    cdef dict laws

    def __init__(self, uint64_t seed):
        self.seed = seed
        self.laws = {}
        self.is_common = (
            common.is_used
            and functorch_level() is None
            and forward_ad._current_level < 0
            and not is_tracing()
            and not is_compiling()
        )

    def remember(self, scheme, tensor, law):
        """Remember the law that a scheme has for the shape and the dtype of a tensor."""
        # Equal schemes may differ, as 1 and True do. The scheme stays alive, so its number is its.
        self.laws[id(scheme), tensor.shape, tensor.dtype] = (scheme, common.known_law(law))

    def fill_of(self, tensor, scheme, str name):
        """Return the fill of a tensor; None if it is not the common case."""
        cdef ParameterFill fill
        cdef Py_ssize_t nbytes
        if not self.is_common or not is_plain_type(tensor):
            return None
        known = self.laws.get((id(scheme), tensor.shape, tensor.dtype))
        if known is None or not is_in_cpu_memory(tensor) or not tensor.is_contiguous():
            return None
        nbytes = tensor.nbytes
        if (
            not 0 < nbytes <= common.LARGEST
            or tensor.is_neg()
            or tensor.is_inference()
            or "ds_numel" in tensor.__dict__  # of DeepSpeed
        ):
            return None
        fill = ParameterFill.__new__(ParameterFill)
        fill.address = tensor.data_ptr()
        if fill.address == 0:  # its storage was freed
            return None
        try:
            fill.stream = number_of_name(name)
        except ValueError:
            return None
        fill.tensor = tensor
        fill.law = known[1]
        fill.count = tensor.numel()
        fill.nbytes = nbytes
        fill.seed = self.seed
        return fill


def exchange(dict attributes, dict present, dict other):
    """Replace values of a dict by those of another one, in less time than a loop in Python.

    Return False, with nothing replaced, unless its values are the present ones, and there are some.
    """
    for name, value in present.items():
        if attributes.get(name) is not value:
            return False
    for name, value in other.items():
        attributes[name] = value
    return bool(present)
