"""One section of a page, told once and shown twice: in a terminal and in a browser."""

from __future__ import annotations

import base64
import io
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from regtrain.charts.chart import Chart
from regtrain.charts.scale import number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Claim", "Section"]

WIDTH = 96
TONES = ("plain", "good", "warn", "bad")


@dataclass(frozen=True)
class Claim:
    """A sentence, whether what was measured bears it out, and the numbers that say so."""

    sentence: str
    holds: bool
    numbers: str = ""


@dataclass
class _Part:
    text: str
    html: str
    chart: bool = False


@dataclass
class Section:
    """Words, tables, charts and pictures in order, and the claims they bear out.

    Args:
        title: the heading.
        lead: a sentence or two below it.
        name: what links to it are called; default: the title.

    >>> section = Section("Errors", "What the two models do.")
    >>> section.table(["model", "error"], [["line", 0.25], ["sine", 0.0625]])
    >>> section.claim("the sine is better", 0.0625 < 0.25, "0.0625 < 0.25")
    >>> print(section.text())
    Errors
    ======
    What the two models do.
    <BLANKLINE>
    model   error
    line     0.25
    sine   0.0625
    <BLANKLINE>
    ✓ the sine is better (0.0625 < 0.25)
    """

    title: str
    lead: str = ""
    name: str = ""
    claims: list[Claim] = field(default_factory=list)
    _parts: list[_Part] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        """The name as an address within the page."""
        return re.sub(r"[^a-z0-9]+", "-", (self.name or self.title).lower()).strip("-") or "section"

    @property
    def holds(self) -> bool:
        """Whether every claim does."""
        return all(claim.holds for claim in self.claims)

    # -- telling -------------------------------------------------------------------------------

    def say(self, words: str) -> None:
        """A paragraph."""
        plain = " ".join(words.split())
        self._parts.append(_Part(textwrap.fill(plain, WIDTH), f"<p>{_inline(plain)}</p>"))

    def heading(self, words: str) -> None:
        """A heading inside the section."""
        self._parts.append(_Part(f"{words}\n{'-' * len(words)}", f"<h3>{escape(words)}</h3>"))

    def verdict(self, words: str, tone: str = "plain") -> None:
        """A paragraph that stands out: ``plain``, ``good``, ``warn`` or ``bad``."""
        if tone not in TONES:
            raise ValueError(f"tone must be one of {', '.join(TONES)}, got {tone!r}")
        plain = " ".join(words.split())
        filled = textwrap.fill(plain, WIDTH, initial_indent="| ", subsequent_indent="| ")
        self._parts.append(_Part(filled, f'<p class="verdict {tone}">{_inline(plain)}</p>'))

    def table(
        self, header: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = ""
    ) -> None:
        """A table; numbers are shown with up to four digits and stand at the right."""
        body = [[_cell(value) for value in row] for row in rows]
        right = [
            bool(body) and all(is_number or not text for text, is_number in column)
            for column in zip(*body, strict=True)
        ] or [False] * len(header)
        self._parts.append(
            _Part(
                _text_table(header, body, right, caption), _html_table(header, body, right, caption)
            )
        )

    def chart(self, chart: Chart | str, caption: str = "") -> None:
        """A chart; a terminal gets none, so the words beside it must carry the numbers."""
        drawing = chart if isinstance(chart, str) else chart.svg()
        note = f"<figcaption>{_inline(caption)}</figcaption>" if caption else ""
        self._parts.append(_Part("", f"<figure>{drawing}{note}</figure>", chart=True))

    def code(self, text: str, label: str = "") -> None:
        """Text as it stands, folded away in the page where it has a label."""
        block = f'<pre tabindex="0">{escape(text)}</pre>'
        folded = f"<details><summary>{escape(label)}</summary>{block}</details>" if label else block
        self._parts.append(_Part(textwrap.indent(text, "    "), folded))

    def pictures(self, images: Iterable[tuple[NDArray[np.uint8], str]]) -> None:
        """Small images with captions, side by side; a terminal gets the captions."""
        found = list(images)
        tags = "".join(
            f'<figure><img src="{_embedded(image)}" alt="{escape(caption)}">'
            f"<figcaption>{escape(caption)}</figcaption></figure>"
            for image, caption in found
        )
        words = textwrap.fill("; ".join(caption for _, caption in found), WIDTH)
        self._parts.append(_Part(words, f'<div class="pictures">{tags}</div>'))

    def claim(self, sentence: str, holds: bool, numbers: str = "") -> None:
        """A claim and whether it holds."""
        self.claims.append(Claim(sentence, bool(holds), numbers))

    # -- showing -------------------------------------------------------------------------------

    def text(self) -> str:
        """The section for a terminal."""
        parts = [f"{self.title}\n{'=' * len(self.title)}"]
        if self.lead:
            parts[0] += "\n" + textwrap.fill(" ".join(self.lead.split()), WIDTH)
        parts += [part.text for part in self._parts if part.text]
        if self.claims:
            parts.append("\n".join(_claim_text(claim) for claim in self.claims))
        return "\n\n".join(parts)

    def html(self) -> str:
        """The section as one ``<section>`` element."""
        parts = [f"<h2>{escape(self.title)}</h2>"]
        if self.lead:
            parts.append(f'<p class="lead">{_inline(" ".join(self.lead.split()))}</p>')
        run: list[str] = []
        for part in [*self._parts, _Part("", "")]:
            if part.chart:
                run.append(part.html)
                continue
            if run:  # neighbouring charts stand side by side
                parts.append(f'<div class="charts">{"".join(run)}</div>')
                run = []
            parts.append(part.html)
        if self.claims:
            parts.append(f'<ul class="claims">{"".join(map(_claim_html, self.claims))}</ul>')
        return f'<section id="{self.anchor}">\n' + "\n".join(filter(None, parts)) + "\n</section>"


def _inline(words: str) -> str:
    """Escaped text in which `backticks` mark code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words, quote=False))


_NUMBERS = re.compile(r"[<>≥≤±]? ?[-+−]?[0-9][0-9.,]*(e[-+]?[0-9]+)?( ?%)?")
"""Words that are a number: percentages, bounds."""


def _cell(value: Any) -> tuple[str, bool]:
    """What a cell shows, and whether it is a number."""
    if value is None:
        return "", False
    if isinstance(value, bool):
        return ("yes" if value else "no"), False
    if isinstance(value, str):
        return value, bool(_NUMBERS.fullmatch(value))
    if hasattr(value, "__index__"):
        return f"{value.__index__():d}", True
    return number(float(value)), True


_Cells = list[list[tuple[str, bool]]]


def _text_table(header: Sequence[str], body: _Cells, right: list[bool], caption: str) -> str:
    lines = [list(header), *([text for text, _ in row] for row in body)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(header))]
    shown = [
        "  ".join(
            text.rjust(width) if flush else text.ljust(width)
            for text, width, flush in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([*([caption] if caption else []), *shown])


def _html_table(header: Sequence[str], body: _Cells, right: list[bool], caption: str) -> str:
    def row(tag: str, cells: Iterable[str]) -> str:
        kinds = [' class="number"' if flush else "" for flush in right]
        inner = "".join(
            f"<{tag}{kind}>{_inline(cell)}</{tag}>" for cell, kind in zip(cells, kinds, strict=True)
        )
        return f"<tr>{inner}</tr>"

    # Above the table, not in it: so it wraps where the table has to be scrolled.
    head = f'<p class="caption">{_inline(caption)}</p>' if caption else ""
    rows = "".join(row("td", [text for text, _ in cells]) for cells in body)
    return (
        f'{head}<div class="scroll" tabindex="0"><table><thead>{row("th", header)}</thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _claim_text(claim: Claim) -> str:
    numbers = f" ({claim.numbers})" if claim.numbers else ""
    mark = "✓ " if claim.holds else "✗ "
    return textwrap.fill(mark + claim.sentence + numbers, WIDTH, subsequent_indent="  ")


def _claim_html(claim: Claim) -> str:
    numbers = f' <span class="numbers">({_inline(claim.numbers)})</span>' if claim.numbers else ""
    kind = "holds" if claim.holds else "fails"
    return f'<li class="{kind}">{_inline(claim.sentence)}{numbers}</li>'


def _embedded(pixels: NDArray[np.uint8]) -> str:
    """A grey or color image as a data URI."""
    from PIL import Image

    buffer = io.BytesIO()
    squeezed = pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    Image.fromarray(squeezed).save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
