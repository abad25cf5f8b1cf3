"""The published table is of these probes, and the page shows it."""

from ivskit_local.conform.catalog import all_probes
from ivskit_local.conform.pages import as_markdown
from tests.ivskit_local.conform.columns import PAGE, table


def test_the_page_has_the_table_of_the_reports() -> None:
    assert as_markdown(table()) in PAGE.read_text()


def test_each_report_has_every_probe_as_it_is_now() -> None:
    now = {(p.name, p.sentence, p.expected) for p in all_probes()}

    for report in table().reports:
        assert {(row.name, row.sentence, row.expected) for row in report.probes} == now, (
            "uv run python -m tests.ivskit_local.conform.columns"
        )


def test_the_columns_of_our_emulator_agree_with_all_that_can_be_asked() -> None:
    ours, moto, ministack = table().reports

    assert ours.ok
    assert ministack.ok
    assert not moto.ok
