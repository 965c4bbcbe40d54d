"""The page of any contact sheet: no script, no request, nothing but itself.

What can be clicked is done by the browser: toggles are checkboxes that style sheets look at, an
enlarged picture is the figure that the address points to. What the tiles show is the modality's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any

from augkit.preview.captions import shown_params
from augkit.preview.colors import css

__all__ = ["Frame", "bar", "failed_tile", "framed", "row", "steps_of"]

POLICY = (
    "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; "
    "form-action 'none'"
)


@dataclass(frozen=True)
class Frame:
    """What stands around the tiles of a page.

    Attributes:
        source: the name of the folder or file.
        facts: a line about the whole sheet.
        transforms: of the pipeline, by name.
        spec: the pipeline as text.
        seed: of the draws.
        samples: the word for what is shown, in the plural.
        styles: names of style sheets in `augkit.preview`, after the common one.
        columns: tiles beside one another.
    """

    source: str
    facts: str
    transforms: Sequence[str]
    spec: str
    seed: int
    samples: str
    styles: Sequence[str] = ()
    columns: int = 2


def framed(frame: Frame, rows: Iterable[str], bar: str = "", style: str = "") -> bytes:
    """The whole page as UTF-8.

    Args:
        frame: what stands around.
        rows: what `row` gave, one per sample.
        bar: what `bar` gave.
        style: rules for this page alone.
    """
    sheets = "".join(
        files("augkit.preview").joinpath(name).read_text("utf-8")
        for name in ("shell.css", *frame.styles)
    )
    title = f"{frame.source}: augkit preview"
    chips = "".join(f"<li>{escape(name)}</li>" for name in frame.transforms)
    body = "\n".join(rows)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="augkit preview">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>
{sheets}{style}</style>
</head>
<body style="--columns:{max(2, frame.columns)}">
<a class="skip" href="#sheet">Skip to the {escape(frame.samples)}</a>
<header>
<h1>{escape(frame.source)}</h1>
<p class="facts">{escape(frame.facts)}</p>
<ul class="chips" aria-label="Transforms of the pipeline">{chips}</ul>
<details><summary>Pipeline</summary><pre tabindex="0">{escape(frame.spec)}</pre></details>
</header>
{bar}<main id="sheet">
{body}
</main>
<footer>Made by augkit preview. A run with the same pipeline and seed {frame.seed} writes the same
{escape(frame.samples)}.</footer>
</body>
</html>
""".encode("utf-8", "replace")


def bar(kinds: Mapping[str, tuple[str, int]], legend: Iterable[tuple[str, int]]) -> tuple[str, str]:
    """The toggles and the colors of the classes, and the rules that make the toggles work.

    Args:
        kinds: by the ``data-kind`` of what is toggled: the word for it, and how many there are.
        legend: classes with their colors.
    """
    if not kinds:
        return "", ""
    toggles = "".join(
        f'<label class="toggle"><input type="checkbox" id="show-{kind}" checked>'
        f"{escape(word)} <b>{count}</b></label>"
        for kind, (word, count) in kinds.items()
    )
    classes = "".join(
        f'<li style="--color:{css(color)}">{escape(name)}</li>' for name, color in legend
    )
    named = f'<ul class="legend" aria-label="Classes">{classes}</ul>' if classes else ""
    hidden = "".join(
        f'body:has(#show-{kind}:not(:checked)) [data-kind="{kind}"] {{ display: none; }}\n'
        for kind in kinds
    )
    written = f'<div class="bar"><fieldset><legend>Show</legend>{toggles}</fieldset>{named}</div>\n'
    return written, hidden


def row(key: str, number: int, tiles: Iterable[str]) -> str:
    """A sample with its variants."""
    inner = "\n".join(tiles)
    return (
        f'<section class="row" id="row-{number}" aria-label="{escape(key)}">'
        f"<h2>{escape(key)}</h2>\n"
        f'<div class="tiles">\n{inner}\n</div></section>'
    )


def failed_tile(title: str, reason: str) -> str:
    """A tile that says why there is nothing to show."""
    return (
        f'<figure class="failed"><p class="reason">{escape(reason)}</p>'
        f"<figcaption><p><b>{escape(title)}</b></p></figcaption></figure>"
    )


def steps_of(
    title: str, steps: Sequence[Mapping[str, Any]], origin: str, notes: Sequence[str] = ()
) -> str:
    """What fired, and on demand with which parameters; for an original what is odd about it."""
    said = "".join(f'<p class="note">{escape(note)}</p>' for note in notes)
    if not steps:
        return said + ('<p class="note">unchanged</p>' if title != "original" else "")
    chips = "".join(f"<li>{escape(step['op'])}</li>" for step in steps)
    listed = "".join(
        f"<dt>{escape(step['id'])}</dt><dd>"
        + "<br>".join(f"{escape(name)} {escape(value)}" for name, value in shown_params(step))
        + "</dd>"
        for step in steps
    )
    return (
        f'{said}<ul class="chips">{chips}</ul><details><summary>Parameters</summary>'
        f'<dl>{listed}</dl><p class="origin">{escape(origin)}</p></details>'
    )
