"""Maps of time: their algebra, and labels that go through them."""

from __future__ import annotations

import numpy as np
import pytest

from augkit import Compose, audio
from augkit.audio.timemap import Segment, TimeMap

MAPS = {
    "identity": TimeMap.identity(1000),
    "stretch": TimeMap.stretch(1000, 777),
    "reverse": TimeMap.reverse(1000),
    "crop": TimeMap.window(1000, 200, 300),
    "pad": TimeMap.window(1000, -50, 1200),
    "shift": TimeMap.window(1000, -120, 1000),
    "roll": TimeMap.roll(1000, 333),
}


@pytest.mark.parametrize("name", MAPS)
def test_inverse_of_forward_is_the_identity_on_what_is_kept(name):
    timemap = MAPS[name]
    times = np.linspace(0.5, 999.5, 500)
    there, rows = timemap.points(times)
    np.testing.assert_allclose(timemap.source(there), times[rows], atol=1e-6)
    inverse = timemap.inverse()
    np.testing.assert_allclose(inverse.source(times[rows]), there, atol=1e-6)
    both = timemap.then(inverse)
    for item in both.segments:
        assert item.source == pytest.approx(item.output, abs=1e-6)
        assert item.rate == pytest.approx(1)


@pytest.mark.parametrize("first", MAPS)
@pytest.mark.parametrize("second", ["stretch", "reverse", "crop", "roll"])
def test_composition_is_one_after_the_other(first, second):
    a = MAPS[first]
    length = a.output_length
    b = {
        "stretch": TimeMap.stretch(length, round(length * 1.3)),
        "reverse": TimeMap.reverse(length),
        "crop": TimeMap.window(length, length // 5, length // 2),
        "roll": TimeMap.roll(length, length // 3),
    }[second]
    whole = a.then(b)
    assert (whole.source_length, whole.output_length) == (1000, b.output_length)
    times = np.arange(0.25, b.output_length)
    middle = b.source(times)
    expected = np.full(times.shape, np.nan)
    heard = ~np.isnan(middle)
    expected[heard] = a.source(middle[heard])
    np.testing.assert_allclose(whole.source(times), expected, atol=1e-6)


def test_what_is_played_twice_has_no_inverse_and_two_events():
    twice = TimeMap(100, 200, [Segment(0, 100, 0), Segment(100, 100, 0)])
    with pytest.raises(ValueError, match="more than once"):
        twice.inverse()
    starts, ends, rows = twice.intervals(np.array([10.0]), np.array([20.0]))
    assert starts.tolist() == [10, 110]
    assert ends.tolist() == [20, 120]
    assert rows.tolist() == [0, 0]
    assert twice.points(np.array([50.0]))[0].tolist() == [50, 150]


def test_labels_of_every_kind_move():
    rate = 1000
    pipeline = Compose([audio.Reverse(), audio.TimeShift(shift=100, unit="samples", fade=0)])
    made = pipeline(
        audio=np.arange(1000, dtype=np.float32),
        sample_rate=rate,
        events=[{"start": 0.1, "end": 0.2, "label": "dog", "score": 0.5}],
        words=[(0.0, 0.05, "gone"), (0.5, 0.6, "kept")],
        beats=[0.25, 0.75],
        frames=np.arange(10),
        f0=[100.0] * 5 + [200.0] * 5,
        transcript="gone kept",
        tempo=120,
    )
    assert made["events"] == [{"start": 0.9, "end": 1.0, "label": "dog", "score": 0.5}]
    assert made["words"] == [(0.5, 0.6, "kept")]
    assert made["beats"] == [0.35, 0.85]
    assert made["frames"].tolist() == [0, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert made["f0"] == [0, 200, 200, 200, 200, 200, 100, 100, 100, 100]
    assert made["transcript"] == "gone kept"
    assert made["tempo"] == 120
    assert made["sample_rate"] == rate


def test_nothing_moved_gives_back_the_same_labels():
    events = [{"start": 0.1234567, "end": 0.2345678}]
    made = audio.Gain(gain_db=3)(audio=np.zeros(1000, np.float32), sample_rate=1000, events=events)
    assert made["events"] == events
    assert made["events"] is not events


def test_events_that_shrink_are_dropped_when_asked():
    given = {"audio": np.zeros(1000, np.float32), "sample_rate": 1000, "events": [(0.0, 0.2, "a")]}
    shift = audio.TimeShift(shift=-150, unit="samples")
    assert Compose([shift])(given)["events"] == [(0.0, 0.05, "a")]
    assert Compose([shift], min_visibility=0.3)(given)["events"] == []
    assert Compose([shift], min_duration=0.06)(given)["events"] == []


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([(0.5, 0.4, "a")], "ends .* before it starts"),
        ([(0.5, 2.0, "a")], "outside of the sound"),
        ([(-0.5, 0.2, "a")], "outside of the sound"),
        ([{"start": 0.1}], "start and end"),
        ([(float("nan"), 0.2)], "finite"),
        ("events", "a list of events"),
    ],
)
def test_bad_events_say_what_is_wrong(events, message):
    with pytest.raises((TypeError, ValueError), match=message):
        audio.Gain()(audio=np.zeros(1000, np.float32), sample_rate=1000, events=events)
