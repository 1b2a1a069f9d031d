"""Propose edits of Python code that change its meaning: mutants.

`mutants_of` lists all edits of a file, in their order in the file. The texts of error messages,
docstrings and annotations stay. Each edit can be applied by itself to the bytes of the file.
"""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.FloorDiv,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
}
FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}

#: Calls whose texts are for people only.
MESSAGES = ("Error", "Warning", "warn", "print", "add_argument", "add_parser", "note", "fail")


@dataclass(frozen=True)
class Mutant:
    """One edit: the bytes from `start` to `end` of `path` become `new`.

    The statement that it is a part of stands in the lines from `first_line` to `last_line`. One that
    is not `in_function` is run by the import.
    """

    path: str
    line: int
    first_line: int
    last_line: int
    start: int
    end: int
    old: str
    new: str
    operator: str
    in_function: bool

    def apply(self, source: bytes) -> bytes:
        """Return the file's bytes with the edit."""
        return source[: self.start] + self.new.encode() + source[self.end :]


def mutants_of(path: Path, name: str) -> list[Mutant]:
    """Return all edits of the file `path`, which they call `name`."""
    source = path.read_bytes()
    found = _Walk(source, name)
    found.visit(ast.parse(source))
    return sorted(found.mutants, key=lambda mutant: (mutant.start, mutant.end, mutant.new))


def sample(mutants: Sequence[Mutant], count: int, first: float) -> list[Mutant]:
    """Return `count` of `mutants` at equal distances; `first` in [0, 1) moves the first one."""
    chosen = min(count, len(mutants))
    return [mutants[int((index + first) * len(mutants) / chosen)] for index in range(chosen)]


class _Walk(ast.NodeVisitor):
    """Collects the mutants of a file. It knows the statement in which an expression stands."""

    def __init__(self, source: bytes, name: str) -> None:
        self.source = source
        self.name = name
        self.mutants: list[Mutant] = []
        self.statement: ast.stmt | None = None
        self.functions = 0
        lines = source.splitlines(keepends=True)
        self.line_starts = [sum(map(len, lines[:index])) for index in range(len(lines))]

    # --- places and edits ---

    def place(self, node: ast.AST) -> tuple[int, int]:
        """Return the positions of the first byte of `node` and of the byte after it."""
        assert isinstance(node, (ast.expr, ast.stmt, ast.keyword, ast.excepthandler))
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self.line_starts[node.lineno - 1] + node.col_offset
        return start, self.line_starts[node.end_lineno - 1] + node.end_col_offset

    def lines(self) -> tuple[int, int]:
        """Return the first and last line of the statement, of its head if it has a body."""
        statement = self.statement
        assert statement is not None
        assert statement.end_lineno is not None
        body = getattr(statement, "body", None)
        last = body[0].lineno - 1 if body else statement.end_lineno
        return statement.lineno, max(statement.lineno, last)

    def edit(self, node: ast.AST, new: str, operator: str) -> None:
        """Add the edit that replaces the text of `node`."""
        start, end = self.place(node)
        self.edit_bytes(start, end, new, operator, node.lineno)  # type: ignore[attr-defined]

    def edit_bytes(self, start: int, end: int, new: str, operator: str, line: int) -> None:
        """Add the edit that replaces the bytes from `start` to `end`."""
        old = self.source[start:end].decode()
        place = (self.name, line, *self.lines(), start, end)
        self.mutants.append(Mutant(*place, old, new, operator, self.functions > 0))

    def changed(self, node: ast.expr, change: Callable[[ast.expr], None], operator: str) -> None:
        """Add the edit that replaces `node` by a changed copy."""
        new = copy.deepcopy(node)
        change(new)
        self.edit(node, f"({ast.unparse(new)})", operator)

    # --- statements ---

    def visit(self, node: ast.AST) -> None:
        """Visit `node`, and remember it if it is a statement."""
        if isinstance(node, ast.stmt):
            before, self.statement = self.statement, node
            super().visit(node)
            self.statement = before
        else:
            super().visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Leave decorators and annotations; those of `overload` have no code."""
        if any(
            isinstance(each, ast.Name) and each.id == "overload" for each in node.decorator_list
        ):
            return
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(default)
        self.functions += 1
        self.visit_body(node.body)
        self.functions -= 1

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Leave the bases and decorators."""
        self.visit_body(node.body)

    def visit_Module(self, node: ast.Module) -> None:
        """Visit all but the docstring."""
        self.visit_body(node.body)

    def visit_body(self, body: list[ast.stmt]) -> None:
        """Visit all but the docstring and the names of `__all__`."""
        for statement in body:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue
            names = [
                each.id for each in getattr(statement, "targets", []) if isinstance(each, ast.Name)
            ]
            if names != ["__all__"]:
                self.visit(statement)

    def visit_If(self, node: ast.If) -> None:
        """Leave out the body, or turn the condition round where there is an `else`."""
        if isinstance(node.test, ast.Name) and node.test.id.endswith("TYPE_CHECKING"):
            return
        if node.orelse:
            self.edit(node.test, f"not ({ast.unparse(node.test)})", "condition turned round")
        else:
            self.edit(node.test, "False", "body left out")
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """Turn the condition round."""
        self.edit(node.test, f"(not ({ast.unparse(node.test)}))", "condition turned round")
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        """Never enter the loop."""
        self.edit(node.test, "False", "body left out")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """Leave out a call."""
        if isinstance(node.value, ast.Call):
            self.edit(node, "pass", "call left out")
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Leave out the error. Its text stays."""
        self.edit(node, "pass", "error left out")

    def visit_Assert(self, node: ast.Assert) -> None:
        """Leave assertions: they state what always holds."""

    def visit_Assign(self, node: ast.Assign) -> None:
        """Leave out what stores into an object."""
        if all(isinstance(each, (ast.Attribute, ast.Subscript)) for each in node.targets):
            self.edit(node, "pass", "assignment left out")
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Leave the annotation."""
        if node.value is not None:
            self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Exchange the operation."""
        other = ARITHMETIC.get(type(node.op))
        if other is not None:
            new = copy.deepcopy(node)
            new.op = other()
            self.edit(node, ast.unparse(new), "arithmetic")
        self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> None:
        """Leave out the deletion."""
        self.edit(node, "pass", "deletion left out")

    def visit_Return(self, node: ast.Return) -> None:
        """Return None."""
        if node.value is not None and not (
            isinstance(node.value, ast.Constant) and node.value.value is None
        ):
            self.edit(node, "return None", "value left out")
        self.generic_visit(node)

    def visit_Break(self, node: ast.Break) -> None:
        """Go on with the loop."""
        self.edit(node, "continue", "loop goes on")

    def visit_Continue(self, node: ast.Continue) -> None:
        """End the loop."""
        self.edit(node, "break", "loop ends")

    def visit_With(self, node: ast.With) -> None:
        """Enter nothing: no lock is taken, no file closed."""
        for item in node.items:
            if item.optional_vars is None:
                self.edit(
                    item.context_expr, "__import__('contextlib').nullcontext()", "context left out"
                )
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Handle one kind of exception less."""
        if isinstance(node.type, ast.Tuple):
            fewer = copy.deepcopy(node.type)
            fewer.elts.pop()
            self.edit(node.type, ast.unparse(fewer), "exception not handled")
        elif node.type is not None:
            self.edit(node.type, "()", "exception not handled")
        for statement in node.body:
            self.visit(statement)

    # --- expressions ---

    def visit_Compare(self, node: ast.Compare) -> None:
        """Exchange each comparison."""
        for index, operator in enumerate(node.ops):
            new = copy.deepcopy(node)
            new.ops[index] = COMPARISONS[type(operator)]()
            self.edit(node, f"({ast.unparse(new)})", "comparison")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Exchange the operation."""
        other = ARITHMETIC.get(type(node.op))
        if other is not None:
            new = copy.deepcopy(node)
            new.op = other()
            self.edit(node, f"({ast.unparse(new)})", "arithmetic")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Exchange `and` and `or`."""
        new = copy.deepcopy(node)
        new.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        self.edit(node, f"({ast.unparse(new)})", "and, or")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Leave out `not` and the minus."""
        if isinstance(node.op, (ast.Not, ast.USub)):
            self.edit(node, f"({ast.unparse(node.operand)})", "sign left out")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Change numbers, truth values and texts that the program reads."""
        value = node.value
        if isinstance(value, bool):
            self.edit(node, str(not value), "constant")
        elif isinstance(value, (int, float)):
            self.edit(node, f"({value!r} + 1)", "constant")
        elif isinstance(value, str) and value:
            self.edit(node, repr(value + "X"), "constant")

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Leave texts with values in them."""

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Leave out each end of a slice; leave the names of `Literal` and the like."""
        if isinstance(node.value, ast.Name) and node.value.id in {
            "Literal",
            "TypeVar",
            "Annotated",
        }:
            return
        if isinstance(node.slice, ast.Slice):
            for end in ("lower", "upper"):
                if getattr(node.slice, end) is not None:
                    self.changed(
                        node,
                        lambda new, end=end: setattr(new.slice, end, None),
                        "end of slice left out",
                    )  # type: ignore[attr-defined, misc]
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Leave out each argument that has a name, and exchange min and max, any and all."""
        function = node.func
        called = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        if called.endswith(MESSAGES) or called in {"TypeVar", "cast", "add_argument_group"}:
            return
        if called in FUNCTIONS and isinstance(function, ast.Name):
            self.edit(function, FUNCTIONS[called], "min, max, any, all")
        for index, argument in enumerate(node.keywords):
            if argument.arg is not None:
                self.changed(
                    node,
                    lambda new, index=index: new.keywords.pop(index),  # type: ignore[attr-defined, misc]
                    f"argument {argument.arg} left out",
                )
        self.generic_visit(node)
