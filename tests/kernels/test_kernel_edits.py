"""The edits of the mutation run fit the source, and its committed result lists each of them."""

from __future__ import annotations

import pytest

from tests.programs.mutation.kernel_edits import EDITS, read_verdicts
from tests.support.paths import ROOT

pytestmark = pytest.mark.once


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_the_text_of_an_edit_is_in_the_source(edit):
    source = (ROOT / "src/fastinit" / edit.file).read_text()
    assert edit.apply(source) != source
    assert all((ROOT / test.partition("::")[0]).exists() for test in edit.tests)


def test_each_edit_has_its_own_name_and_a_verdict():
    names = [edit.name for edit in EDITS]
    assert len(names) == len(set(names))
    verdicts = read_verdicts()
    assert list(verdicts) == names
    assert {verdict for verdict, _ in verdicts.values()} <= {"killed", "equivalent", "not run"}
