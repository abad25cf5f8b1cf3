"""Debian's Chromium, headless, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, sync_playwright

DESKTOP, PHONE = (1280, 900), (390, 844)


@contextmanager
def page_of(url: str, *, size: tuple[int, int] = DESKTOP, dark: bool = False) -> Iterator[Page]:
    """A page that is open; it must have no error, and ask nobody but its own origin."""
    chromium = shutil.which("chromium")
    assert chromium is not None, "Debian's package chromium is not installed"
    errors: list[Any] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(error))
        page.on("console", lambda message: errors.extend(_broken(message)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url)
        yield page
        browser.close()
    assert errors == []
    assert [each for each in asked if not each.startswith((url, "data:", "blob:"))] == []


def _broken(message: ConsoleMessage) -> list[str]:
    """What the browser says is wrong with the page; an answer such as 400 is nothing wrong."""
    is_answer = message.text.startswith("Failed to load resource")
    return [message.text] if message.type == "error" and not is_answer else []
