"""What is written of events is read again, in every format, for any events."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from augkit.labels.events import ClipLabels, Event, open_event_writer, open_events
from augkit.labels.events.textgrid import parse, render

SECONDS = 9.5
TIMES = st.integers(0, 9_500_000).map(lambda value: value / 1e6)
PLAIN = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85\t"),
    max_size=12,
).map(str.strip)
HERTZ = st.none() | st.integers(0, 20_000).map(float)
OFTEN = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def spans(draw: st.DrawFn) -> tuple[float, float]:
    start, end = sorted((draw(TIMES), draw(TIMES)))
    return start, end


def same(found: list[Event], wanted: list[Event]) -> bool:
    def key(event: Event) -> tuple[object, ...]:
        times = round(event.start, 6), round(event.end, 6)
        return (*times, event.label, event.low_hz or -1, event.high_hz or -1, event.tier)

    return sorted(map(key, found)) == sorted(map(key, wanted))


@OFTEN
@given(events=st.lists(st.builds(lambda s, n, lo, hi: Event(*s, n, "", lo, hi), spans(), PLAIN,
                                 HERTZ, HERTZ), max_size=6))  # fmt: skip
def test_audacity(events: list[Event], tmp_path: Path) -> None:
    writer = open_event_writer({"format": "audacity"}, tmp_path)
    assert writer.write_clip("a/b.wav", {"seconds": SECONDS}, ClipLabels(events)) == ["a/b.txt"]
    found = open_events("audacity", root=tmp_path).get("a/b.wav", seconds=SECONDS)
    assert same(found.events, events)


@OFTEN
@given(
    rows=st.lists(st.tuples(spans(), PLAIN, st.text(max_size=3)), max_size=6),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
def test_tables(
    rows: list[tuple[tuple[float, float], str, str]], delimiter: str, tmp_path: Path
) -> None:
    schema = {
        "format": "csv",
        "file": "x/events.tsv" if delimiter == "\t" else "x/events.csv",
        "header": ["path", "start", "end", "label", "who"],
        "roles": {"path": "path", "start": "start", "end": "end", "label": "label"},
        "delimiter": delimiter,
    }
    events = [Event(*times, label, attributes={"who": "me"}) for times, label, _ in rows]
    writer = open_event_writer(schema, tmp_path)
    records = [
        ("x/one.wav", {}, ClipLabels(events).to_dict()),
        ("x/two.wav", {}, ClipLabels().to_dict()),
        ("x/never.wav", {}, ClipLabels(listed=False).to_dict()),
    ]
    assert writer.write_dataset(records) == [schema["file"]]
    source = open_events(f"csv:{schema['file']}", root=tmp_path)
    assert same(source.get("x/one.wav", seconds=SECONDS).events, events)
    assert all(
        event.attributes == {"who": "me"}
        for event in source.get("x/one.wav", seconds=SECONDS).events
    )
    assert source.get("x/two.wav", seconds=SECONDS).listed
    assert not source.get("x/never.wav", seconds=SECONDS).listed
    assert source.schema == schema
    again = open_event_writer(source.schema, tmp_path / "again")
    again.write_dataset(
        (name, {}, source.get(name, seconds=SECONDS).to_dict())
        for name in ("x/one.wav", "x/two.wav")
    )
    both = [(folder / schema["file"]).read_bytes() for folder in (tmp_path, tmp_path / "again")]
    assert both[0] == both[1]


@OFTEN
@given(
    rows=st.lists(st.tuples(spans(), st.text(max_size=9).filter(str.isprintable)), max_size=5),
    per_event=st.booleans(),
)
def test_json_lines(
    rows: list[tuple[tuple[float, float], str]], per_event: bool, tmp_path: Path
) -> None:
    lines = []
    objects = [{"onset": s, "offset": e, "event": n, "who": 7} for (s, e), n in rows]
    if per_event:
        lines = [{"file": "one.wav", **one} for one in objects]
        lines += [{"file": "two.wav", "onset": None, "offset": None, "event": None}]
        lines = lines if objects else [{"file": "one.wav", "onset": 0, "offset": 1, "event": "x"}]
    else:
        lines = [{"file": "one.wav", "duration": 3, "events": objects, "said": {"a": [1]}}]
        lines += [{"file": "two.wav", "duration": 1, "events": []}]
    (tmp_path / "m.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    source = open_events("jsonl:m.jsonl", root=tmp_path)
    records = [
        (name, {"seconds": SECONDS}, source.get(name, seconds=SECONDS).to_dict())
        for name in ("one.wav", "two.wav")
    ]
    open_event_writer(source.schema, tmp_path / "out").write_dataset(records)
    text = (tmp_path / "out" / "m.jsonl").read_text("utf-8")
    again = [json.loads(line) for line in text.splitlines()]
    if not per_event:
        for line in lines:
            line["duration"] = SECONDS
    assert again == lines


@OFTEN
@given(
    data=st.data(),
    short=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
)
def test_textgrids(data: st.DataObject, short: bool, encoding: str) -> None:
    tiers, events = [], []
    names = data.draw(st.lists(PLAIN.filter(bool), max_size=3, unique=True))
    for name in names:
        points = data.draw(st.booleans())
        tiers.append({"name": name, "key": name, "points": points})
        edges = sorted(data.draw(st.sets(TIMES, max_size=8)))
        label = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
        if points:
            events += [Event(at, at, data.draw(label), name) for at in edges]
        else:
            pairs = pairwise(edges)
            events += [
                Event(a, b, data.draw(label), name) for a, b in pairs if data.draw(st.booleans())
            ]
    form = {"tiers": tiers, **({"short": True} if short else {})}
    form |= {"encoding": encoding} if encoding != "utf-8" else {}
    content = render(ClipLabels(events, form=form), SECONDS)
    found, lines = parse(content, Path("x.TextGrid"))
    assert same(found.events, events)
    assert found.form == form
    assert len(lines) == len(events)
    assert render(found, SECONDS) == content


@settings(max_examples=40, deadline=None)
@given(times=st.lists(spans(), max_size=7))
def test_overlapping_intervals_move_to_further_tiers(times: list[tuple[float, float]]) -> None:
    """Nothing is lost, and each tier covers the whole clip without overlap, as Praat asks."""
    form = {"tiers": [{"name": "words", "key": "words", "points": False}]}
    events = [Event(*span, f"w{number}", "words") for number, span in enumerate(times)]
    found, _ = parse(render(ClipLabels(events, form=form), SECONDS), Path("x.TextGrid"))
    assert sorted((e.start, e.end, e.label) for e in found.events) == sorted(
        (e.start, e.end, e.label) for e in events
    )
    for tier in found.form["tiers"]:
        if not tier["points"]:
            mine = [event for event in found.events if event.tier == tier["key"]]
            assert all(a.end <= b.start for a, b in pairwise(mine))


@pytest.mark.parametrize("short", [True, False])
def test_praats_own_example_reads(short: bool) -> None:
    """The file of the Praat manual, "TextGrid file formats", shortened."""
    long = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.3
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "Mary"
        xmin = 0
        xmax = 2.3
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 2.3
            text = "hi ""you"""
    item [2]:
        class = "IntervalTier" ! a comment = "no"
        name = "John"
        xmin = 0
        xmax = 2.3
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 1
            text = ""
        intervals [2]:
            xmin = 1
            xmax = 2.3
            text = "daisy bell"
    item [3]:
        class = "TextTier"
        name = "bell"
        xmin = 0
        xmax = 2.3
        points: size = 1
        points [1]:
            number = 1.5
            mark = "ding"
'''
    short_form = '''"ooTextFile"
"TextGrid"
0
2.3
<exists>
3
"IntervalTier" "Mary" 0 2.3 1
0 2.3 "hi ""you"""
"IntervalTier" "John" 0 2.3 2
0 1 ""
1 2.3 "daisy bell"
"TextTier" "bell" 0 2.3 1
1.5 "ding"
'''
    found, _ = parse((short_form if short else long).encode(), Path("x.TextGrid"))
    assert [(e.start, e.end, e.label, e.tier) for e in found.events] == [
        (0, 2.3, 'hi "you"', "Mary"),
        (1, 2.3, "daisy bell", "John"),
        (1.5, 1.5, "ding", "bell"),
    ]
    assert bool(found.form.get("short")) == short
