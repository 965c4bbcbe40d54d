"""What all benchmarks share: one thread on one core, paired timing, photographs, tables."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from math import exp, log
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Machine",
    "Target",
    "Timing",
    "geometric_mean",
    "markdown_table",
    "measure",
    "one_thread",
    "photographs",
    "save",
    "sources",
    "unpin",
]

RESULTS = Path(__file__).parent / "results"
SAMPLES = Path(__file__).parent.parent / "samples" / "photos"
SLICE = 0.002  # seconds of work between two looks at the clock
WARM_UP = 32  # calls before the first look, if they take no more than a tenth of a second


def one_thread() -> set[int]:
    """Keep this process, its libraries and its children to one thread on one core.

    Call it before NumPy, numba or OpenCV is imported: they read the environment once.

    Returns:
        The cores it could have used, for `unpin`.
    """
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it would ask the network for its newest version
    if not hasattr(os, "sched_setaffinity"):
        return set()
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(everywhere)})
    return everywhere


def unpin(everywhere: set[int]) -> None:
    """Let this process and its children run on these cores again."""
    if everywhere:
        os.sched_setaffinity(0, everywhere)


# -- timing ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Timing:
    """Seconds per call of each contender, one value per round.

    Attributes:
        rounds: of each contender as many values; those of one round were measured together.
    """

    rounds: Mapping[str, Sequence[float]]

    def median(self, name: str) -> float:
        """Seconds per call."""
        return statistics.median(self.rounds[name])

    def ratio(self, name: str, to: str) -> tuple[float, float, float]:
        """How many times as long as ``to`` it takes: lower quartile, median, upper quartile.

        Of the ratios within each round, so that what slows a round down cancels.
        """
        pairs = zip(self.rounds[name], self.rounds[to], strict=True)
        return quartiles([one / other for one, other in pairs])

    def to_dict(self) -> dict[str, Any]:
        """Microseconds per call, as JSON-able data."""
        return {
            name: dict(zip(("q25", "median", "q75"), map(_micro, quartiles(values)), strict=True))
            for name, values in self.rounds.items()
        }


def _micro(seconds: float) -> float:
    return round(seconds * 1e6, 3)


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


Contender = Callable[[int], object]
"""One call of the work on the input with this number."""


def measure(
    contenders: Mapping[str, Contender],
    *,
    inputs: int,
    rounds: int,
    budget: float,
    clock: Callable[[], int] = time.process_time_ns,
) -> Timing:
    """Time contenders against one another.

    A round gives every contender a short slice on the same input, in turn, and every second round
    in the opposite order. Counted is the CPU time of the process, which on an idle machine is the
    time that passes, and which leaves out what other programs take on a busy one.

    Args:
        contenders: by name.
        inputs: how many inputs there are; round r works on input ``r % inputs``.
        rounds: at most so many.
        budget: seconds after which no further round starts (once there are five).
        clock: in nanoseconds; with several threads `time.perf_counter_ns`, on an idle machine.
    """
    calls = {name: _calls_per_slice(work, inputs, clock) for name, work in contenders.items()}
    found: dict[str, list[float]] = {name: [] for name in contenders}
    begin = time.perf_counter()
    for turn in range(rounds):
        if turn >= 5 and time.perf_counter() - begin > budget:
            break
        order = list(contenders)[:: 1 if turn % 2 == 0 else -1]
        for name in order:
            found[name].append(_slice(contenders[name], turn % inputs, calls[name], clock))
    return Timing(found)


def _slice(work: Contender, number: int, calls: int, clock: Callable[[], int]) -> float:
    begin = clock()
    for _ in range(calls):
        work(number)
    return (clock() - begin) / calls / 1e9


def _calls_per_slice(work: Contender, inputs: int, clock: Callable[[], int]) -> int:
    """Calls that fill a slice, after a warm-up that compiles and fills caches."""
    for number in range(min(inputs, 3)):
        work(number)
    begin = clock()
    for number in range(WARM_UP):  # what is drawn at random has more than one way to go
        if clock() - begin > 1e8:
            break
        work(number % inputs)
    calls = 1
    while (spent := _slice(work, 0, calls, clock) * calls) < SLICE and calls < 1 << 16:
        calls = max(calls + 1, min(16 * calls, int(1.2 * calls * SLICE / max(spent, 1e-7))))
    return calls


def geometric_mean(values: Sequence[float]) -> float:
    """The mean of ratios."""
    return exp(sum(map(log, values)) / len(values))


# -- inputs ------------------------------------------------------------------------------------


def sources() -> Iterator[tuple[str, Path]]:
    """Names and files of photographs that ship with scikit-learn, scikit-image and augkit."""
    import skimage
    import sklearn.datasets

    for package, folder, names in (
        ("scikit-learn", Path(sklearn.datasets.__file__).parent / "images", ("china", "flower")),
        ("scikit-image", Path(skimage.__file__).parent / "data", ("astronaut", "coffee", "rocket")),
        ("augkit", SAMPLES, ("garden/picnic", "kitchen/fruit_board", "desk/study")),
    ):
        for name in names:
            for path in (folder / f"{name}.jpg", folder / f"{name}.png"):
                if path.exists():
                    yield f"{package}: {name}", path


def photographs(size: int) -> list[NDArray[np.uint8]]:
    """The photographs' middle squares at ``size`` x ``size``, RGB."""
    import numpy as np
    from PIL import Image, ImageOps

    made = []
    for _, path in sources():
        with Image.open(path) as picture:
            square = ImageOps.fit(picture.convert("RGB"), (size, size), Image.Resampling.LANCZOS)
        made.append(np.array(square))
    return made


# -- results -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """Something to reach, and how far it got.

    Attributes:
        name: what is measured.
        value: what was found.
        limit: what was to be reached.
        at_least: whether ``value`` has to be at least ``limit``, or at most.
        unit: of both.
        detail: more in words.
    """

    name: str
    value: float
    limit: float
    at_least: bool
    unit: str = ""
    detail: str = ""

    @property
    def reached(self) -> bool:
        """Whether it got there."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        better = self.value / self.limit if self.at_least else self.limit / max(self.value, 1e-12)
        how = f"{better:.2f} of the target" if better < 1 else f"{better:.2f} times the target"
        verdict = "reached" if self.reached else "NOT reached"
        sign = "at least" if self.at_least else "at most"
        detail = f"; {self.detail}" if self.detail else ""
        return (
            f"{verdict}: {self.name}: {self.value:.3g}{self.unit} "
            f"({sign} {self.limit:g}{self.unit}; {how}){detail}"
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data."""
        return {
            "name": self.name,
            "value": self.value,
            "limit": self.limit,
            "at_least": self.at_least,
            "unit": self.unit,
            "reached": self.reached,
            "detail": self.detail,
        }


@dataclass
class Machine:
    """What the numbers were measured on; without names or paths."""

    load_before: tuple[float, ...] = field(default_factory=lambda: _load())
    packages: Sequence[str] = (
        "numpy",
        "numba",
        "pillow",
        "stringzilla",
        "albumentations",
        "albucore",
        "opencv-python-headless",
        "torch",
        "torchvision",
    )

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data, with the load now as the load at the end."""
        import augkit

        return {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory_gib": _memory(),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            "packages": {"augkit": augkit.__version__, **_versions(self.packages)},
            "load_before": self.load_before,
            "load_after": _load(),
        }

    def lines(self) -> list[str]:
        """In words."""
        known = self.to_dict()
        versions = ", ".join(f"{name} {number}" for name, number in known["packages"].items())
        return [
            f"Machine: {known['processor']}, {known['cores']} cores, {known['memory_gib']} GiB, "
            f"{known['system']}, Python {known['python']}; {versions}.",
            f"Load (1, 5, 15 minutes) before: {_spaced(known['load_before'])}; "
            f"after: {_spaced(known['load_after'])}.",
        ]


def _spaced(load: Sequence[float]) -> str:
    return " ".join(f"{value:.1f}" for value in load)


def _load() -> tuple[float, ...]:
    return os.getloadavg() if hasattr(os, "getloadavg") else ()


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> float | None:
    try:
        pages: int = os.sysconf("SC_PHYS_PAGES")
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    except (AttributeError, OSError, ValueError):
        return None


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table; the first column is text, the others numbers."""
    line = "|".join(["---", *["---:"] * (len(head) - 1)])
    return [f"| {' | '.join(row)} |" for row in (head,)] + [
        f"|{line}|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def save(name: str, markdown: Sequence[str], data: Mapping[str, Any]) -> Path:
    """Write ``results/NAME.md`` and ``results/NAME.json``; the path of the first."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.md"
    path.write_text("\n".join(markdown) + "\n", encoding="utf-8")
    text = json.dumps(data, indent=1, ensure_ascii=False)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    return path
