"""The page in a real browser: a story on a running stage, and a file from disk."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ivskit_cli.main import main
from ivskit_local.dev.html import Recording, as_html, recording_of
from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import parse_scenario
from ivskit_local.scenarios.play import play
from tests.browser.browsers import PHONE, page_of
from tests.ivskit_local.dev.services import Service, service
from tests.samples import SCENARIOS
from tests.worlds import ROOT

pytestmark = pytest.mark.browser

BLOCKED = "a-blocked-channel-stays-down-until-unblocked"


@pytest.fixture(scope="module")
def stage() -> Iterator[Service]:
    """A stage whose time moves only when somebody moves it."""
    with service("--paused") as running:
        yield running


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page on disk, with two scenarios."""
    parts: list[Recording] = []
    for path in SCENARIOS:
        if path.stem in (BLOCKED, "twenty-stops-at-once"):
            script = parse_scenario(str(path), json.loads(path.read_text()))
            parts += recording_of(play(script, synthesize(ROOT), project_root=ROOT, record=True))
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(as_html(parts))
    return file.as_uri()


def press(page: Page, name: str) -> None:
    """Press the button of exactly this name."""
    page.get_by_role("button", name=name, exact=True).click()


def test_a_block_holds_an_hour_and_the_saved_scenario_plays_again(
    stage: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_of(stage.url) as page:
        press(page, "New channel…")
        page.get_by_label("Name").fill("show")
        press(page, "Do it")
        tile = page.locator(".tile[data-name=show]")
        tile.get_by_role("button", name="Go live").click()
        press(page, "+1m")
        expect(tile).to_have_attribute("data-status", "live")

        tile.get_by_role("button", name="Stop and block").click()
        press(page, "+1m")
        expect(tile).to_have_attribute("data-status", "offline")
        expect(tile.locator(".badge")).to_have_text("blocked")

        page.locator(".feed button", has_text="Encoder refused").first.click()
        detail = page.locator(".detail")
        expect(detail).to_contain_text("no channel has this stream key")
        expect(detail).to_contain_text("stop_stream: Channel Blocked, Stream Stopped")
        detail.locator(".chain button", has_text="stop_stream").click()
        expect(detail).to_contain_text("DeleteStreamKey")
        expect(page.locator(".lines path").first).to_be_attached()
        page.keyboard.press("Escape")
        expect(detail).to_be_hidden()

        press(page, "+1h")
        expect(page.locator("[data-part=since]")).to_contain_text("1 h 2 min")
        expect(tile).to_have_attribute("data-status", "offline")
        tile.get_by_role("button", name="Unblock").click()
        expect(tile.locator(".badge")).to_have_count(0)

        with page.expect_download() as download:
            page.get_by_role("link", name="Save as scenario").click()
        assert download.value.suggested_filename == "recorded.json"
        saved = tmp_path / "recorded.json"
        download.value.save_as(saved)

    monkeypatch.chdir(ROOT)
    assert main(["replay", str(saved)]) == 0


def test_a_take_down_shows_its_restriction_until_the_channel_is_restored(stage: Service) -> None:
    stage.post("/_ivs/channels", {"name": "unlawful", "tags": {"ivskit:managed": "true"}})
    stage.step("go live", "unlawful")
    stage.time(jump="1m")

    with page_of(stage.url) as page:
        tile = page.locator(".tile[data-name=unlawful]")
        tile.get_by_role("button", name="More for unlawful").click()
        press(page, "Take down…")
        page.get_by_role("textbox", name="Let it play only in").fill("DE, AT")
        press(page, "Do it")
        press(page, "+1m")
        expect(tile.locator(".badge")).to_have_text(["taken down", "only in AT, DE"])

        tile.get_by_role("button", name="Restore…").click()
        press(page, "Do it")
        press(page, "+1m")
        expect(tile.locator(".badge")).to_have_count(0)
        expect(tile.get_by_role("button", name="Rotate the key")).to_be_visible()


def test_a_quota_that_is_nearly_full_is_named_while_its_table_is_closed(stage: Service) -> None:
    live = sum(one["status"] == "live" for one in stage.get("/_ivs/state")["channels"])
    stage.post("/_ivs/channels", {"name": "last", "tags": {}})
    stage.step("limit streams", streams=live + 1)
    stage.step("go live", "last")
    stage.time(jump="1m")

    with page_of(stage.url) as page:
        expect(page.locator("[data-part=quotas-near]")).to_have_text("concurrent streams 100 %")
        expect(page.locator("[data-part=recordings]")).to_be_hidden()
        page.locator("[data-part=quotas] summary").click()
        row = page.locator("[data-part=quota-list] tr", has_text="concurrent streams")
        expect(row).to_contain_text(f"{live + 1} of {live + 1}")
        expect(row).to_contain_text("now")
    stage.step("limit streams", streams=100)


def test_an_earlier_moment_is_shown_and_the_stage_restarts_from_it(stage: Service) -> None:
    stage.post("/_ivs/channels", {"name": "again", "tags": {"ivskit:managed": "true"}})
    stage.step("go live", "again")
    stage.time(jump="5m")

    with page_of(stage.url) as page:
        tile = page.locator(".tile[data-name=again]")
        expect(tile).to_have_attribute("data-status", "live")
        press(page, "All")
        page.locator(".feed button", has_text="again goes live").first.click()
        press(page, "Show this moment")
        expect(page.locator("[data-part=past]")).to_contain_text("Viewing the past")
        expect(tile).to_have_attribute("data-status", "connecting")
        expect(tile.get_by_role("button", name="Hang up")).to_be_hidden()
        page.keyboard.press("Escape")
        press(page, "Restart from here")
        expect(page.locator("[data-part=past]")).to_be_hidden()
        press(page, "+1m")
        expect(tile).to_have_attribute("data-status", "live")
    assert stage.channel("again")["status"] == "live"


def test_a_dead_letter_is_shown_and_redriven(stage: Service) -> None:
    stage.post("/_ivs/channels", {"name": "broken", "tags": {"ivskit:managed": "true"}})
    stage.step("fault", service="ivs", operation="GetChannel", times=20)
    stage.command("Rotate Stream Key", "broken")
    stage.time(jump="2h")

    with page_of(stage.url) as page:
        letters = page.locator("[data-part=letters]")
        expect(letters).to_contain_text("rotate_stream_key")
        page.locator(".feed [data-kind='dead letter'] button").first.click()
        expect(page.locator(".detail .chain")).to_contain_text("rotate_stream_key: failed")
        page.keyboard.press("Escape")
        letters.get_by_role("button", name="Redrive").click()
        expect(letters).to_be_hidden()


def test_no_other_page_may_put_it_into_a_frame(stage: Service) -> None:
    with page_of(stage.url) as page:
        policy = page.request.get(stage.url).headers["content-security-policy"]

    assert "frame-ancestors 'none'" in policy
    assert "default-src 'self'" in policy


def test_what_is_wrong_is_said(stage: Service) -> None:
    stage.post("/_ivs/channels", {"name": "twice", "tags": {}})

    with page_of(stage.url) as page:
        press(page, "New channel…")
        page.get_by_label("Name").fill("twice")
        press(page, "Do it")
        expect(page.locator(".toast.bad")).to_contain_text("there is a channel 'twice' already")


def test_a_file_from_disk_shows_each_of_its_recordings(report: str) -> None:
    with page_of(report) as page:
        expect(page.locator(".names text")).to_have_text(["show", "everything else"])
        expect(page.get_by_role("button", name="Pause", exact=True)).to_be_hidden()
        page.locator("[data-part=run]").select_option(label="✓ twenty stops at once")
        expect(page.locator(".tile")).to_have_count(20)
        expect(page.locator("[data-part=lanes-which]")).to_have_text("Channels 1 to 12 of 21")
        press(page, "Channels after")
        expect(page.locator(".names text").first).to_have_text("c12")


def test_the_keyboard_reaches_every_mark_and_leads_back(report: str) -> None:
    with page_of(report) as page:
        expect(page.locator(".mark[tabindex='0']")).to_have_count(1)
        page.locator(".mark[tabindex='0']").focus()
        page.keyboard.press("Home")
        first = page.evaluate("document.activeElement.getAttribute('aria-label')")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        mark = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert mark.startswith("show. ")
        assert mark != first
        page.keyboard.press("Enter")
        heading = page.locator(".detail h2")
        expect(heading).to_be_focused()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == mark


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_needs_no_scrolling_sideways(report: str, dark: bool) -> None:
    with page_of(report, size=PHONE, dark=dark) as page:
        page.locator(".feed button", has_text="stop_stream").first.click()
        expect(page.locator(".detail table")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(15, 19, 26)" if dark else "rgb(246, 247, 249)")


def test_a_filter_leaves_one_cause(report: str) -> None:
    with page_of(report) as page:
        page.locator(".feed [data-kind=command] button", has_text="Unblock Channel").click()
        press(page, "Only this cause")
        started = page.locator(".feed .title", has_text="Stream Start")
        unblocked = page.locator(".feed .title", has_text="Channel Unblocked").first
        expect(started).to_have_count(0)
        expect(unblocked).to_be_visible()
        press(page, "Show everything")
        expect(started).not_to_have_count(0)
