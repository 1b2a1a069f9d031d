"""Break the package on purpose and see whether the tests notice: mutation testing.

`mutants` proposes edits of the Python code, `lines_of_tests` notes which tests run which line, `tests_of_lines`
picks the tests for an edit, and `python -m tests.programs.mutation` runs them. The edits change one
thing each: a comparison, a number, a call, a guard, a lock.
"""
