"""Opens every page as every role in both languages, both themes and three widths, and takes pictures.

Usage: `scripts/screenshots [--address URL] [--folder FOLDER] [--roles a,b] [--draw N]` against a running
demonstration (`scripts/demo`). For each role, the script signs in and follows the links of the pages until it
knows one address for each page that the role may open. It reports: text that is cut, pages that scroll
sideways, messages of the browser, and serious findings of axe (once for each page, role and theme). The
pictures are in `FOLDER/<role>/<page>-<language>-<theme>-<width>.png`. `--draw N` prints N of them, drawn at
random, and the first page of each role, to be looked at.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

ROLES = ("officer", "supervisor", "analyst", "list_manager", "dpo", "auditor", "administrator")
LANGUAGES, THEMES, WIDTHS = ("fr", "en"), ("light", "dark"), (1440, 1024, 390)
#: Pages are followed from these, at most so many steps and so many pages of one kind.
STARTS, STEPS = ("/home/", "/", "/account/", "/help/"), 4
#: Addresses that end a session or return a file.
_LEAVE_OUT = re.compile(r"\.(csv|pdf|txt|json|png)$|^/(logout|static|api/)|/export/|/sheet/$")
#: Elements whose text does not fit. Elements for screen readers only are one pixel wide.
_CUT = """() => [...document.querySelectorAll('main *, header *, footer *')].filter(e => {
  const s = getComputedStyle(e), r = e.getBoundingClientRect();
  if (r.width <= 1 || r.height <= 1 || !e.childNodes.length || s.visibility === 'hidden') return false;
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) return false;
  const hides = s.overflowX === 'hidden' || s.textOverflow === 'ellipsis';
  const clamped = s.webkitLineClamp !== 'none' && e.scrollHeight > e.clientHeight + 1;
  return clamped || hides && e.scrollWidth > e.clientWidth + 1;
}).map(e => e.tagName.toLowerCase() + '.' + e.className + ': ' + e.textContent.trim().slice(0, 60))"""
_SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
_LINKS = """() => [...document.querySelectorAll('a[href]')].map(a => a.href)
  .filter(h => h.startsWith(location.origin)).map(h => new URL(h).pathname)"""


def main(arguments: list[str]) -> int:
    """Takes the pictures and prints the findings. Returns 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--address", default="http://localhost:8080")
    parser.add_argument("--folder", type=Path, default=Path("screenshots"))
    parser.add_argument("--roles", default=",".join(ROLES))
    parser.add_argument("--draw", type=int, default=0)
    args = parser.parse_args(arguments)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    findings: list[str] = []
    made: list[Path] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for role in args.roles.split(","):
            context = browser.new_context(viewport={"width": WIDTHS[0], "height": 900})
            page = context.new_page()
            page.on(
                "console",
                lambda m: (
                    findings.append(f"console: {m.text}")
                    if m.type in ("error", "warning")
                    else None
                ),
            )
            page.on("pageerror", lambda e: findings.append(f"script: {e}"))
            _sign_in(page, args.address, role)
            pages = _pages(page, args.address)
            print(f"{role}: {len(pages)} pages", flush=True)
            made += _pictures(page, args.address, pages, args.folder / role, findings)
            context.close()
        browser.close()
    print(f"{len(made)} pictures, {len(findings)} findings")
    for one in dict.fromkeys(findings):
        print(one)
    if args.draw:
        first = [path for path in made if path.name.startswith("home-")]
        for path in first + random.sample(made, min(args.draw, len(made))):
            print(path)
    return 1 if findings else 0


def _sign_in(page: Page, address: str, role: str) -> None:
    page.goto(f"{address}/login/")
    page.fill("[name=username]", role)
    page.fill("[name=password]", f"demo-{role}")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def _kind(path: str) -> str:
    """The kind of a page: its address without ids and numbers."""
    return (
        re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\d+\b", "x", path).strip("/").replace("/", "_")
        or "queue"
    )


def _pages(page: Page, address: str) -> dict[str, str]:
    """Kind of page → one address, for every page that can be reached by links."""
    found: dict[str, str] = {}
    waiting = list(STARTS)
    for _ in range(STEPS):
        following: list[str] = []
        for path in waiting:
            kind = _kind(path)
            if kind in found or _LEAVE_OUT.search(path):
                continue
            answer = page.goto(address + path)
            if (
                answer is None
                or answer.status >= 400
                or "text/html" not in answer.headers.get("content-type", "")
            ):
                continue
            found[_kind(urlsplit(page.url).path)] = urlsplit(page.url).path
            following += page.evaluate(_LINKS)
        waiting = following
    return found


def _pictures(
    page: Page, address: str, pages: dict[str, str], folder: Path, findings: list[str]
) -> Iterator[Path]:
    """Takes the pictures of the pages of one role, and adds what is found to `findings`."""
    from axe_playwright_python.base import AXE_SCRIPT

    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        page.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for kind, path in pages.items():
                page.set_viewport_size({"width": WIDTHS[0], "height": 900})
                page.goto(address + path)
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 900})
                    where = f"{folder.name} {path} {language} {theme} {width}"
                    if page.evaluate(_SIDEWAYS):
                        findings.append(f"sideways: {where}")
                    findings += [f"cut: {where}: {text}" for text in page.evaluate(_CUT)]
                    file = folder / f"{kind}-{language}-{theme}-{width}.png"
                    page.screenshot(path=file, full_page=True)
                    yield file
                if language == LANGUAGES[0]:
                    page.evaluate(AXE_SCRIPT)
                    seen: list[dict[str, Any]] = page.evaluate(
                        "axe.run({resultTypes: ['violations']}).then(found => found.violations)"
                    )
                    findings += [
                        f"axe: {folder.name} {path} {theme}: {one['id']} {one['nodes'][0]['target']}"
                        for one in seen
                        if one["impact"] in ("serious", "critical")
                    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
