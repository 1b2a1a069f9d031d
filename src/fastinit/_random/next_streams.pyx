"""The next stream of a source, handed out by one compiled function for all callers.

Guarantees: each stream is handed out once, in all threads. Requires: a source has its seed and its
next stream in the attributes `_seed` and `_next_stream`, which change only under `lock`.
"""

import threading

from libc.stdint cimport uint64_t

#: The first stream that is handed out. People choose small numbers, so these do not collide.
FIRST_STREAM = 1 << 63

#: The number of streams that can be handed out, and of children that can be counted.
COUNT = 1 << 63

#: This one is never handed out. So every state has a next stream, and the methods that a generator
#: inherits from NumPy draw their words from this one.
LAST_STREAM = FIRST_STREAM + COUNT - 1

# One lock for all sources, so that a fork can wait until it is free. It is reentrant, because a
# signal handler may draw numbers too. `Philox` holds it while it counts children.
lock = threading.RLock()

# Calls of bound methods take half the time of `with`.
cdef object acquire = lock.acquire
cdef object release = lock.release

cdef uint64_t LAST = LAST_STREAM

# The classes that have their numbers themselves, and those that have them in `bit_generator`.
# Subclasses may have another `address`, so they are not among them.
cdef set with_numbers = set()
cdef set with_bit_generator = set()


def have_numbers(kind):
    """Say that the objects of a class have a seed and a next stream. Return the class."""
    with_numbers.add(kind)
    return kind


def have_bit_generator(kind):
    """Say that the objects of a class have these numbers in their bit generator. Return the class.
    """
    with_bit_generator.add(kind)
    return kind


cdef int take(object source, uint64_t *seed, uint64_t *stream) except -1:
    cdef uint64_t number
    acquire()
    try:
        number = source._next_stream
        if number == LAST:
            raise OverflowError("this generator has no streams left: use another seed")
        seed[0] = source._seed
        stream[0] = number
        source._next_stream = number + 1
    finally:
        release()
    return 0


def next_address(source):
    """Hand out the next stream of a source; return its seed and the number of the stream."""
    cdef uint64_t seed, stream
    take(source, &seed, &stream)
    return seed, stream


cdef bint is_next_address(object source, uint64_t *seed, uint64_t *stream) except -1:
    """Hand out the next stream of a source; return False if its class is not a known one."""
    if type(source) in with_bit_generator:
        source = source.bit_generator
    if type(source) not in with_numbers:
        return False
    take(source, seed, stream)
    return True
