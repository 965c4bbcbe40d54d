"""Small charts as SVG text, for pages that need nothing but themselves.

The drawings take their colors from the page (``--ink``, ``--line``, ``--series-1`` and so on in
``regtrain/page/page.css``), so they follow light and dark. Why our own: a chart here is a few hundred
bytes of text per curve; a plotting library would weigh tens of megabytes, start in a second, and
embed pictures that know one color scheme.

>>> Chart("Loss", x="epoch", y="loss").line([1, 2, 3], [3.0, 2.0, 1.5], "training").svg()[:4]
'<svg'
"""

from __future__ import annotations

from regtrain.charts.chart import Chart
from regtrain.charts.heat import heat_map
from regtrain.charts.scale import Scale

__all__ = ["Chart", "Scale", "heat_map"]
