"""Calls without a key: as those with the key they stand for, however many were drawn ahead."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from augkit import Compose, OneOf, audio, image
from augkit.core.calls import CallNumbers
from augkit.core.random import numbered_stream_keys, stream_keys
from augkit.core.transform import Transform

PICTURE = np.arange(8 * 9 * 3, dtype=np.uint8).reshape(8, 9, 3)
PIPELINES = {
    "one": [image.RandomCrop(size=4)],
    "rare": [image.RandomCrop(size=4, p=0.05), image.HorizontalFlip(p=0.5)],
    "one of": [OneOf([image.Rotate(), image.RandomCrop(size=6), image.Gamma()])],
    "fixed": [image.VerticalFlip()],
    "counts": [image.CoarseDropout(holes=(0, 9))],
}


@pytest.mark.parametrize("nodes", PIPELINES.values(), ids=PIPELINES)
def test_calls_are_numbered_through(nodes):
    pipeline, again = Compose(nodes, seed=3), Compose(nodes, seed=3)
    count = 200
    made = [pipeline(PICTURE).tolist() for _ in range(count)]
    assert made == [again(PICTURE, key=("call", number)).tolist() for number in range(count)]
    assert pipeline.run(PICTURE)[1].key == ("call", count)
    assert pipeline.draw(PICTURE, variant=1).key == ("call", count + 1)
    following = again(PICTURE, key=("call", count + 2))
    assert pipeline(PICTURE).tolist() == following.tolist()


def test_another_variant_draws_otherwise():
    pipeline, again = (Compose([image.RandomCrop(size=2)], seed=3) for _ in range(2))
    for number in range(20):
        variant = number % 3
        expected = again(PICTURE, key=("call", number), variant=variant)
        np.testing.assert_array_equal(pipeline(PICTURE, variant=variant), expected)


def test_threads_share_what_was_drawn_ahead():
    pipeline, again = (Compose([image.RandomCrop(size=2, p=0.9)], seed=3) for _ in range(2))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: pipeline(PICTURE).tobytes(), range(2000)))
    expected = [again(PICTURE, key=("call", number)).tobytes() for number in range(2000)]
    assert sorted(made) == sorted(expected)


def test_a_copy_counts_for_itself():
    pipeline = Compose([image.RandomCrop(size=2)], seed=3)
    first = [pipeline(PICTURE).tolist() for _ in range(9)]
    copy = pickle.loads(pickle.dumps(pipeline))
    assert [copy(PICTURE).tolist() for _ in range(9)] == first


def test_numbers_are_hashed_as_the_keys_they_stand_for():
    for start in (("call",), ("call", 1 << 62), ()):
        numbers = range(7, 1205)
        keys = [(*start, number) for number in numbers]
        assert numbered_stream_keys(5, start, numbers) == stream_keys(5, keys, 0)


def test_roots_have_the_keys_of_their_numbers():
    numbers, others = CallNumbers(), CallNumbers()
    assert [numbers.next_root(1, None)[0] for _ in range(3)] == [
        others.next_key() for _ in range(3)
    ]


def test_what_a_pipeline_always_does_is_not_written_to():
    pipeline = Compose([audio.Gain(gain_db=6.0)], seed=1, sample_rate=8000)
    sound = np.ones(4, np.float32)
    expected = pipeline(sound)
    _, recipe = pipeline.run(sound)
    recipe.steps[0].params["gain_db"] = 0.0
    np.testing.assert_array_equal(pipeline(sound), expected)


def test_wrong_data_is_refused_where_nothing_is_drawn():
    for transform in (image.VerticalFlip(), image.RandomCrop(size=4), audio.Gain(gain_db=1.0)):
        assert isinstance(transform, Transform)
        with pytest.raises((TypeError, ValueError), match="must|missing"):
            transform(np.zeros((2, 2, 2, 2), np.float32))
