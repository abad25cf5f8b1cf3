"""The probes as data: names, sources, and that no operation and no declared error is left out."""

from collections import Counter

import pytest

from ivs_emulator.service_model import service_model
from ivskit_local.conform.catalog import GROUPS, all_probes, chosen
from ivskit_local.errors import WrongUsage

MODEL = service_model()


def test_every_name_is_given_once_and_begins_with_its_group() -> None:
    names = Counter(probe.name for probe in all_probes())

    assert [name for name, count in names.items() if count > 1] == []
    assert {probe.group for probe in all_probes()} == set(GROUPS)


def test_no_two_probes_say_the_same() -> None:
    said = Counter((probe.sentence, probe.expected) for probe in all_probes())

    assert [sentence for sentence, count in said.items() if count > 1] == []


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_every_operation_has_its_success_and_each_declared_error(operation: str) -> None:
    names = {probe.name for probe in all_probes()}
    declared = {error.name for error in MODEL.operation_model(operation).error_shapes}

    assert f"operations.{operation}" in names
    missing = {e for e in declared if f"errors.{operation}.{e}" not in names}
    assert missing <= {"ThrottlingException"}


def test_a_probe_that_cannot_be_provoked_says_why() -> None:
    assert {p.cannot for p in all_probes() if p.cannot.startswith("cannot be provoked")} == {
        p.cannot for p in all_probes() if p.cannot
    }


def test_only_takes_groups_and_globs() -> None:
    assert {probe.group for probe in chosen(["limits"])} == {"limits"}
    assert [probe.name for probe in chosen(["operations.GetCh*"])] == ["operations.GetChannel"]
    assert len(chosen([])) == len(all_probes())


def test_a_pattern_that_matches_no_probe_is_refused() -> None:
    with pytest.raises(WrongUsage, match=r"--only: no probe is named x\.y"):
        chosen(["limits", "x.y"])
