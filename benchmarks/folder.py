"""The folder job against reading and writing the same files alone.

    python benchmarks/folder.py [--quick] [--files N] [--memory]

JPEGs of 1024 x 768, three variants each of Rotate and Brightness. Tables go to
``benchmarks/results``. Needs the extra ``[bench]``.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from _measure import Machine, Target, markdown_table, one_thread, quartiles, save, sources, unpin

WIDTH, HEIGHT, VARIANTS, QUALITY = 1024, 768, 3, 95
MEDIUM = "augkit.image.codec:ImageMedium"


class Spent(NamedTuple):
    """Seconds that passed, and seconds of CPU time of this process."""

    wall: float
    cpu: float


def spent(work: Callable[[], object]) -> Spent:
    """Both of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


# -- the files ---------------------------------------------------------------------------------


def make_photographs(folder: Path, count: int) -> None:
    """JPEGs of four parts of photographs each; which parts only depends on a file's number.

    The parts keep their resolution: enlarged photographs would be smooth, and faster to encode
    than what a camera gives.
    """
    import numpy as np
    from PIL import Image

    pictures = []
    for _, path in sources():
        with Image.open(path) as file:
            pictures.append(file.convert("RGB"))
    width, height = WIDTH // 2, HEIGHT // 2
    folder.mkdir(parents=True)
    for number in range(count):
        random = np.random.default_rng(number)
        made = Image.new("RGB", (WIDTH, HEIGHT))
        for part in range(4):
            picture = pictures[int(random.integers(len(pictures)))]
            left = int(random.integers(picture.width - width + 1))
            top = int(random.integers(picture.height - height + 1))
            crop = picture.crop((left, top, left + width, top + height))
            made.paste(crop, (width * (part % 2), height * (part // 2)))
        made.save(folder / f"{number:06}.jpg", quality=90)


def make_tiny(folder: Path, count: int) -> None:
    """PNGs of 16 x 16, in folders of 1,000."""
    import numpy as np
    from PIL import Image

    files = []
    for number in range(16):
        pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        files.append(buffer.getvalue())
    for number in range(count):
        place = folder / f"{number // 1000:03}"
        if number % 1000 == 0:
            place.mkdir(parents=True)
        (place / f"{number:06}.png").write_bytes(files[number % len(files)])


# -- the work ----------------------------------------------------------------------------------


def pipeline() -> Any:
    """Rotate and Brightness."""
    from augkit import Compose, image

    return Compose([image.Rotate(degrees=(-20, 20)), image.Brightness(factor=(0.8, 1.2))], seed=7)


def job(source: Path, destination: Path, workers: int) -> None:
    """The folder job; 0 workers is this process."""
    from augkit import batch

    spec = batch.JobSpec(pipeline(), MEDIUM, variants=VARIANTS, options={"quality": QUALITY})
    shutil.rmtree(destination, ignore_errors=True)
    summary = batch.run(spec, source, destination, workers=workers)
    expected = VARIANTS * sum(1 for _ in source.iterdir())
    if summary.outputs != expected:
        raise RuntimeError(f"the job made {summary.outputs} of {expected} outputs")


def codec_alone(source: Path, destination: Path) -> None:
    """Decode each file once and encode it as often as the job does, with Pillow alone."""
    shutil.rmtree(destination, ignore_errors=True)
    destination.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        codec_of_one(path, destination)


def codec_of_one(path: Path, destination: Path) -> None:
    """One file of `codec_alone`."""
    from PIL import Image

    with Image.open(io.BytesIO(path.read_bytes())) as picture:
        picture.load()
        for variant in range(VARIANTS):
            buffer = io.BytesIO()
            picture.save(buffer, "JPEG", quality=QUALITY, subsampling="4:2:0")
            (destination / f"{path.stem}-{variant}.jpg").write_bytes(buffer.getvalue())


def codec_in_processes(source: Path, destination: Path, workers: int) -> float:
    """Seconds of `codec_alone` in processes, without their start: what the machine can do."""
    shutil.rmtree(destination, ignore_errors=True)
    destination.mkdir(parents=True)
    paths = sorted(source.iterdir())
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        list(pool.map(codec_of_one, paths[: 2 * workers], [destination] * 2 * workers))
        begin = time.perf_counter()
        list(pool.map(codec_of_one, paths, [destination] * len(paths), chunksize=4))
        return time.perf_counter() - begin


# -- the measurements --------------------------------------------------------------------------


def against_codec(folder: Path, files: int, slices: int) -> tuple[list[Spent], list[Spent]]:
    """The job in one process and the codec alone, slice by slice in turn."""
    ours: list[Spent] = []
    alone: list[Spent] = []
    out = folder / "out"
    for number in range(slices):
        source = folder / f"slice{number}"
        make_photographs(source, files // slices)
        if number == 0:
            job(source, out, 0)  # compiles the kernels
        works: list[tuple[list[Spent], Callable[[], object]]] = [
            (ours, lambda source=source: job(source, out, 0)),  # type: ignore[misc]
            (alone, lambda source=source: codec_alone(source, out)),  # type: ignore[misc]
        ]
        for times, work in works if number % 2 == 0 else reversed(works):
            times.append(spent(work))
        shutil.rmtree(source)
        print(f"  slice {number}: job {ours[-1]}, codec {alone[-1]}", file=sys.stderr, flush=True)
    return ours, alone


def speedups(folder: Path, files: int, rounds: int) -> tuple[list[float], list[float]]:
    """Two workers against one: of the job, and of the codec alone."""
    source, out = folder / "all", folder / "out"
    make_photographs(source, files)
    jobs, codecs = [], []
    for turn in range(rounds):
        order = (1, 2) if turn % 2 == 0 else (2, 1)
        walls = {count: spent(lambda n=count: job(source, out, n)).wall for count in order}  # type: ignore[misc]
        plain = {count: codec_in_processes(source, out, count) for count in order}
        jobs.append(walls[1] / walls[2])
        codecs.append(plain[1] / plain[2])
        print(f"  two workers: {jobs[-1]:.2f}, codec {codecs[-1]:.2f}", file=sys.stderr, flush=True)
    shutil.rmtree(source)
    return jobs, codecs


PEAK = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from folder import MEDIUM
from augkit import Compose, batch, image
source, destination = Path(sys.argv[1]), Path(sys.argv[2])
pipeline = Compose([image.HorizontalFlip(p=0.5), image.Brightness()], seed=7)
summary = batch.run(batch.JobSpec(pipeline, MEDIUM), source, destination, workers=1)
for line in Path("/proc/self/status").read_text().splitlines():
    if line.startswith("VmHWM"):
        print(int(line.split()[1]) / 1024, summary.outputs)
"""


def peak_memory(folder: Path, count: int) -> float:
    """MiB that the driver of a job over so many small files needed at most."""
    source, out = folder / "small", folder / "small-out"
    make_tiny(source, count)
    program = PEAK.format(here=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", program, str(source), str(out)],
        capture_output=True,
        text=True,
        check=True,
    )
    peak, outputs = done.stdout.split()
    if int(outputs) != count:
        raise RuntimeError(f"the job made {outputs} of {count} outputs")
    shutil.rmtree(source)
    shutil.rmtree(out)
    return float(peak)


# -- the report --------------------------------------------------------------------------------


def codec_report(ours: Sequence[Spent], alone: Sequence[Spent], files: int) -> Any:
    """Table, target and data of the job against the codec."""
    share = [codec.wall / job.wall for codec, job in zip(alone, ours, strict=True)]
    cpu = [codec.cpu / job.cpu for codec, job in zip(alone, ours, strict=True)]

    def rate(times: Sequence[Spent]) -> str:
        return f"{VARIANTS * files / sum(one.wall for one in times):.1f}"

    table = markdown_table(
        [f"{files} JPEGs, {VARIANTS} variants, one process", "outputs per second", "of the codec"],
        [
            ["decode and encode alone (Pillow)", rate(alone), "1"],
            ["augkit.batch", rate(ours), _spread(share)],
            ["augkit.batch, by CPU time", "–", _spread(cpu)],
        ],
    )
    detail = f"by CPU time {statistics.median(cpu):.2f}"
    target = Target(
        "folder job, of the codec's rate", statistics.median(share), 0.8, True, "", detail
    )
    return table, target, {"share_of_codec": share, "share_of_codec_cpu": cpu}


def speedup_report(jobs: Sequence[float], codecs: Sequence[float]) -> Any:
    """Table, target and data of two workers against one."""
    table = markdown_table(
        ["two workers against one", "times as fast"],
        [
            ["decode and encode alone: what the machine can do now", _spread(codecs)],
            ["augkit.batch", _spread(jobs)],
        ],
    )
    detail = f"the codec alone reached {statistics.median(codecs):.2f} on this machine and load"
    target = Target("two workers", statistics.median(jobs), 1.7, True, "x", detail)
    return table, target, {"two_workers": jobs, "two_processes_of_the_codec": codecs}


def _spread(values: Sequence[float]) -> str:
    low, middle, high = quartiles(values)
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="60 files instead of 1,000")
    parser.add_argument("--files", type=int, help="how many JPEGs")
    parser.add_argument("--memory", action="store_true", help="only the memory of 100,000 files")
    parser.add_argument(
        "--memory-files", type=int, nargs=2, default=(1_000, 100_000), metavar=("FEW", "MANY")
    )
    options = parser.parse_args()
    everywhere = one_thread()
    files = options.files or (60 if options.quick else 1000)
    machine = Machine()
    body: list[str] = []
    targets: list[Target] = []
    data: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.memory:
            few, many = options.memory_files
            peaks = {count: peak_memory(folder, count) for count in (few, many)}
            body += markdown_table(
                ["small files", "peak memory of the driver, MiB"],
                [[f"{count:,}", f"{peak:.1f}"] for count, peak in peaks.items()],
            )
            growth = peaks[many] / peaks[few]
            bytes_each = (peaks[many] - peaks[few]) * 2**20 / (many - few)
            detail = f"{bytes_each:.0f} bytes per file"
            limit = 1.1  # flat: what a hundred times as many files may add
            targets.append(Target(f"memory, {many:,} files", growth, limit, False, "x", detail))
            data["peak_mib"] = peaks
        else:
            found = codec_report(*against_codec(folder, files, 3 if options.quick else 10), files)
            unpin(everywhere)
            more = speedup_report(*speedups(folder, files, 1 if options.quick else 3))
            for table, target, values in (found, more):
                body += [*table, ""]
                targets.append(target)
                data |= values
    text = [
        f"# A folder of photographs{' (quick)' if options.quick else ''}",
        "",
        *machine.lines(),
        "",
        "## Targets",
        "",
        *(f"- {target}" for target in targets),
        "",
        *body,
    ]
    kind = "folder-memory" if options.memory else "folder"
    path = save(
        f"{kind}-quick" if options.quick else kind,
        text,
        {
            "machine": machine.to_dict(),
            "targets": [target.to_dict() for target in targets],
            **data,
        },
    )
    for target in targets:
        print(target)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
