"""Makes the screenshots of docs/: `uv run python -m tests.browser.screenshots`.

A stage lives through a few minutes with some channels; then its page is shown light, dark and on a
phone. Look at them before they are committed.
"""

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.browsers import DESKTOP, PHONE, page_of
from tests.ivskit_local.dev.services import Service, service

FOLDER = Path(__file__).parents[2] / "docs" / "images"
MANAGED = {"ivskit:managed": "true"}


def live_through(stage: Service) -> None:
    """Some channels, each of which stands differently in the end."""
    for name in ("show", "match", "concert", "lecture", "radio"):
        stage.post("/_ivs/channels", {"name": name, "tags": MANAGED})
    stage.post("/_ivs/channels", {"name": "lobby", "tags": {**MANAGED, "ivskit:mode": "observe"}})
    for name in ("show", "match", "concert", "lobby"):
        stage.step("go live", name, reconnect_after="5s")
    stage.time(jump="2m")
    stage.step("watch", "match", viewers=1280)
    stage.step("go live", "lecture")
    stage.step("watch", "concert", viewers=312)
    stage.time(jump="1m")
    stage.command("Stop Stream", "show", then="block", reason="under investigation")
    stage.time(jump="2m")
    stage.step("hang up", "lecture")
    stage.step("starve", "concert")
    stage.time(jump="10s")


def open_the_decision(page: Page) -> None:
    """The decision that blocked the channel, with its causes drawn."""
    page.locator(".mark").first.wait_for()
    for _ in range(2):
        page.get_by_role("button", name="Zoom in").click()
    titled = "stop_stream: Channel Blocked, Stream Stopped"
    page.locator(".feed button", has_text=titled).click()
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(500)


def main() -> None:
    """Make all three."""
    FOLDER.mkdir(exist_ok=True)
    with service("--paused") as stage:
        live_through(stage)
        for name, dark in (("light", False), ("dark", True)):
            with page_of(stage.url, size=DESKTOP, dark=dark) as page:
                open_the_decision(page)
                page.screenshot(path=FOLDER / f"dev-{name}.png")
        with page_of(stage.url, size=PHONE) as page:
            page.locator(".mark").first.wait_for()
            page.wait_for_timeout(500)
            page.screenshot(path=FOLDER / "dev-phone.png")


if __name__ == "__main__":
    main()
