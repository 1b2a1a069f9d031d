"""Whole models, as their libraries make them and as fastinit does: a module for each framework.

Each module has

- `MODELS`: the name of a model, and a function that imports what the model needs and returns its
  ways. A way is a name and a function that returns the ready model. Nothing is called yet, and no
  thread is started;
- `LIBRARY`: the ways without fastinit;
- `start`: starts what a library starts once in a process, with so many CPUs;
- `size`: the elements and bytes of the parameters of a model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Ways = dict[str, Callable[[], Any]]
