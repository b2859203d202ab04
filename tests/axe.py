"""axe-core over a page in headless Chromium, and what else every page of ours owes its reader.

For any page: `faults(watched(context), address)` looks at it on a phone and on a screen, light and dark. axe-core (MPL-2.0) comes
with the development dependency `axe-playwright-python`; it reaches the page through the DevTools protocol, which a policy of
contents does not stop.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""WCAG 2.2, levels A and AA, as axe-core names its rules' origins."""
PHONE, SCREEN = (390, 844), (1280, 900)
HEAVIEST = 300_000
"""Bytes on the wire that a first load may take."""
_OWN = Path(__file__).with_name("page_check.js").read_text(encoding="utf-8")

_RUN = """async ([standards, rules, less, where]) => {
  const include = where ? window.glAxe[where]() : null;
  if (include && !include.length) return [];
  const found = await axe.run(include ? {include} : document, {
    runOnly: rules.length ? {type: "rule", values: rules} : {type: "tag", values: standards},
    rules: Object.fromEntries(less.map((each) => [each, {enabled: false}])),
    resultTypes: ["violations"], iframes: false, elementRef: false,
  });
  return found.violations.flatMap((each) => each.nodes.map((node) =>
    `${each.id}: ${node.target.join(" ")} ${node.html.slice(0, 140)} ${(node.any[0] || node.all[0] || node.none[0] || {}).message || ""}`));
}"""
_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules whose verdict depends on the colours."""
_PLACES = ("target-size", "scrollable-region-focusable")
"""The rules whose verdict depends on where things stand; what else a width changes is what is shown."""
_WHERE = Path(__file__).with_name("axe_where.js").read_text(encoding="utf-8")
_ALL = bool(os.environ.get("GRANDLIVRE_LONG"))
"""Whether every rule looks at every element at each width and in each colour."""


@cache
def _source() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def watched(context: Any) -> Any:
    """A tab of a browser context that keeps, as `complaints`, what its console and the policy of contents complain of."""
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.complaints = []
    page.on("console", lambda m: m.type == "error" and page.complaints.append(m.text))
    page.on("pageerror", lambda e: page.complaints.append(str(e)))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
    )
    return page


def without_scans(page: Any) -> Any:
    """Answers a line of text for each scan from now on: Chromium's reader of PDF takes two processes a page; the session to detach."""
    tool = page.context.new_cdp_session(page)

    def answer(asked: dict[str, Any]) -> None:
        kind = {"name": "Content-Type", "value": "text/plain"}
        tool.send(
            "Fetch.fulfillRequest",
            {"requestId": asked["requestId"], "responseCode": 200, "responseHeaders": [kind], "body": "cGnDqGNl"},
        )

    tool.on("Fetch.requestPaused", answer)
    tool.send("Fetch.enable", {"patterns": [{"urlPattern": "*/Piece/document?*"}]})
    return tool


def violations(page: Any, rules: tuple[str, ...] = (), less: tuple[str, ...] = (), where: str = "") -> list[str]:
    """What axe-core finds on the page as it stands: one line an element; all of WCAG 2.2 AA, or some rules alone.

    `where` names what of `axe_where.js` they look at: the whole page without it.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_source())
        page.evaluate(_WHERE)
    found: list[str] = page.evaluate(_RUN, [STANDARDS, rules, less, where])
    return found


def _of_a_phone(page: Any) -> list[str]:
    """What is wrong with all that a phone shows, in light colours."""
    if _ALL:
        return violations(page)
    found = [*violations(page, less=_COLOURS), *violations(page, _COLOURS, where="looks")]
    page.evaluate("glAxe.remember()")
    return found


def _of_a_screen(page: Any) -> list[str]:
    """What is wrong with what a screen shows otherwise than the phone did, in light colours."""
    if _ALL:
        return violations(page)
    other = violations(page, less=(*_COLOURS, *_PLACES), where="unseen")
    return [*violations(page, _PLACES), *other, *violations(page, _COLOURS, where="looks")]


def arrive(page: Any, address: str) -> None:
    """Opens an address; what another page complains of until then is not this one's.

    Straight from one page to the next: an empty one between them would end the process that has the scripts ready.
    """

    def forget(frame: Any) -> None:
        if frame == page.main_frame:
            page.complaints.clear()

    page.on("framenavigated", forget)
    page.goto(address)
    page.remove_listener("framenavigated", forget)


def faults(page: Any, address: str = "", *, inside_fava: bool = True) -> list[str]:
    """What is wrong with a page, phone and screen, light and dark: axe-core, the console, the policy, a sideways scroll.

    `page` comes from `watched`; without an address, it is judged as it stands. `inside_fava` asks for what our pages owe there.
    """
    if address:
        arrive(page, address)
        page.wait_for_load_state("networkidle")
    page.add_style_tag(content="* { transition: none !important; animation: none !important }")
    page.mouse.move(0, 0)
    found: list[str] = []
    for (width, height), looked_at in ((PHONE, _of_a_phone), (SCREEN, _of_a_screen)):
        page.emulate_media(media="screen", color_scheme="light")
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{width} light: {each}" for each in looked_at(page)]
        if width == SCREEN[0]:  # the same colours at both widths, and nothing else changes in the dark
            page.emulate_media(media="screen", color_scheme="dark")
            found += [f"{width} dark: {each}" for each in violations(page, _COLOURS, where="" if _ALL else "looks")]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        own = page.evaluate(_OWN) if inside_fava else []
        found += [f"{width}: {each}" for each in (*own, *([f"scrolls sideways by {wide}"] if wide > 0 else []))]
    return [*found, *page.complaints]


def bytes_of_first_load(context: Any, address: str) -> int:
    """What a browser receives to show a page for the first time, bytes on the wire."""
    page = context.new_page()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda e: sizes.append(int(e["encodedDataLength"])))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.close()
    return sum(sizes)
