"""The contact sheet: every picture with its name, as one PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from playwright.sync_api import Browser

HEIGHT = 250  # px of a picture on the sheet
STYLE = f"""
body {{ margin: 16px; font: 14px "Noto Sans CJK SC", sans-serif; background: #d5dade; }}
table {{ border-spacing: 10px; }} th {{ text-align: left; font-size: 18px; }} td {{ vertical-align: top; }}
figure {{ display: inline-block; margin: 0 6px 0 0; }} img {{ display: block; height: {HEIGHT}px; }}
td {{ white-space: nowrap; }} figcaption {{ padding: 2px 0; }} .none {{ color: #888; }}
"""

Pictures = Mapping[tuple[str, str, str], Path]  # (view, state, size) → picture


def make(browser: Browser, pictures: Pictures, views: Sequence[str], states: Sequence[str], target: Path) -> None:
    """Rows are views, columns states; the sizes stand side by side."""
    heads = "".join(f"<th>{escape(state)}" for state in states)
    rows = "".join(
        f"<tr><th>{escape(view)}" + "".join(f"<td>{_cell(pictures, view, state)}" for state in states) for view in views
    )
    page = target.with_suffix(".html")
    page.write_text(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><table><tr><th>{heads}{rows}</table>")
    window = browser.new_page(viewport={"width": 800, "height": 600})
    window.goto(page.as_uri())
    width = int(window.evaluate("document.documentElement.scrollWidth"))
    window.set_viewport_size({"width": width, "height": 600})
    window.screenshot(path=target, full_page=True)
    window.close()


def _cell(pictures: Pictures, view: str, state: str) -> str:
    shown = [(size, path) for (v, s, size), path in pictures.items() if (v, s) == (view, state)]
    if not shown:
        return "<span class=none>—</span>"
    return "".join(
        f'<figure><img src="{path.name}"><figcaption>{view} · {state} · {size}</figcaption></figure>'
        for size, path in shown
    )
