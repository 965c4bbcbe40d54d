"""Labels in bulk against SciPy's half-spaces, homogeneous coordinates and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import ConvexHull, HalfspaceIntersection

from augkit.image.kernels import labels, shapes

GENERATOR = np.random.default_rng(8)
WINDOW = (10.0, 20.0, 60.0, 50.0)
AFFINE = (0.9, -0.3, 12.0, 0.35, 0.8, -4.0, 0.0, 0.0, 1.0)
PROJECTIVE = (1.1, 0.1, -3.0, 0.05, 0.9, 2.0, 0.002, -0.001, 1.0)


def steps(*given):
    rows = [
        (labels.WINDOW, *step, *[0.0] * 5) if len(step) == 4 else (labels.MATRIX, *step)
        for step in given
    ]
    return np.array(rows).reshape(-1, 10)


def mapped(matrix, points):
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ np.reshape(matrix, (3, 3)).T
    return homogeneous[:, :2] / homogeneous[:, 2:]


def random_boxes(count, low=-20, high=90):
    corners = GENERATOR.uniform(low, high, (count, 2, 2))
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


def corners_of(box):
    left, top, right, bottom = box
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def common_area(ring, window):
    """The area that a convex ring shares with a window, by half-spaces a x + b y + c <= 0."""
    x_low, y_low, x_high, y_high = window
    sides = [(-1, 0, x_low), (1, 0, -x_high), (0, -1, y_low), (0, 1, -y_high)]
    both = np.concatenate([ConvexHull(ring).equations, sides])
    points = np.random.default_rng(0).uniform(ring.min(0), ring.max(0), (4000, 2))
    inside = points[(points @ both[:, :2].T + both[:, 2] < -1e-6).all(axis=1)]
    if not len(inside):
        return 0.0
    common = HalfspaceIntersection(both, inside.mean(axis=0)).intersections
    return float(ConvexHull(common).volume)


@pytest.mark.parametrize("matrix", [AFFINE, PROJECTIVE])
def test_boxes_are_cut_as_half_spaces_are(matrix):
    boxes = random_boxes(25)
    tight, fractions = np.empty_like(boxes), np.empty(len(boxes))
    labels.carry_boxes(boxes, steps(matrix, WINDOW), tight, fractions)
    for box, found, fraction in zip(boxes, tight, fractions, strict=True):
        ring = mapped(matrix, corners_of(box))
        left = common_area(ring, WINDOW) / ConvexHull(ring).volume
        assert fraction == pytest.approx(left, abs=1e-3)
        if fraction > 0:
            assert (found[:2] >= WINDOW[:2]).all()
            assert (found[2:] <= WINDOW[2:]).all()
        elif fraction == 0 and left == 0:
            assert np.isnan(found).all() or (found[2:] - found[:2]).min() <= 1e-9
    assert (fractions == 0).any()
    assert ((fractions > 0) & (fractions < 1)).any()


def test_without_windows_boxes_are_those_of_the_moved_corners():
    boxes = random_boxes(25)
    tight, fractions = np.empty_like(boxes), np.empty(len(boxes))
    labels.carry_boxes(boxes, steps(AFFINE, PROJECTIVE), tight, fractions)
    for box, found in zip(boxes, tight, strict=True):
        ring = mapped(PROJECTIVE, mapped(AFFINE, corners_of(box)))
        np.testing.assert_allclose(found, [*ring.min(axis=0), *ring.max(axis=0)], atol=1e-9)
    assert (fractions == 1).all()


def test_what_is_cut_lies_exactly_on_the_edge():
    window = (0.1, 0.2, 0.7, 0.9)  # numbers that binary fractions do not hold
    boxes = random_boxes(200, -0.5, 1.5)
    tight, fractions = np.empty_like(boxes), np.empty(len(boxes))
    labels.carry_boxes(boxes, steps(window), tight, fractions)
    expected = np.concatenate(
        [np.maximum(boxes[:, :2], window[:2]), np.minimum(boxes[:, 2:], window[2:])], 1
    )
    seen = fractions > 0
    assert 20 < seen.sum() < 180
    np.testing.assert_array_equal(tight[seen], expected[seen])


def test_a_star_is_cut_to_as_many_pieces_as_needed():
    """Any ring fits the room for its parts: here every edge crosses every side of the window."""
    turns = np.arange(99) * 2 * np.pi * 49 / 99
    star = np.column_stack([np.cos(turns), np.sin(turns)]) * 100
    points, offsets = shapes.clip_to_window(star, np.array([0, 99]), (-1.0, -1.0, 1.0, 1.0))
    assert offsets.tolist() == [0, len(points)]
    assert np.abs(points).max() <= 1.0


def test_points_behind_a_horizon_are_gone():
    behind = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -0.1, 0.0, 1.0)  # w = 1 - x / 10
    points = np.array([[2.0, 3.0], [5.0, 1.0], [20.0, 1.0]])
    alive = np.ones(3, bool)
    moved = points.copy()
    labels.carry_points(moved, steps(behind), alive)
    assert alive.tolist() == [True, True, False]
    np.testing.assert_allclose(moved[:2], mapped(behind, points[:2]))
    boxes = np.array([[2.0, 0.0, 20.0, 4.0], [15.0, 0.0, 20.0, 4.0]])
    tight, fractions = np.empty_like(boxes), np.empty(2)
    labels.carry_boxes(boxes, steps(behind, (0.0, 0.0, 100.0, 100.0)), tight, fractions)
    np.testing.assert_allclose(tight[0], [2.5, 0.0, 100.0, 44.0])  # x = 100 is where w = 1 / 11
    assert fractions.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("columns", [2, 3])
def test_points_at_the_edge_of_a_window_stay(columns):
    points = np.array([[10.0, 20, 1], [60, 50, 1], [60.5, 30, 1], [30, 19.9, 1]])[
        :, :columns
    ].copy()
    before, alive = points.copy(), np.array([True, True, True, True])
    labels.carry_points(points, steps(WINDOW), alive)
    assert alive.tolist() == [True, True, False, False]
    np.testing.assert_array_equal(points, before)


def test_the_smallest_rectangle_by_brute_force():
    boxes = np.column_stack(
        [
            GENERATOR.uniform(0, 50, (20, 2)),
            GENERATOR.uniform(2, 30, (20, 2)),
            GENERATOR.uniform(-180, 180, 20),
        ]
    )
    quads = labels.rotated_quads(boxes)
    angles = np.radians(boxes[:, 4])
    across = np.column_stack([np.cos(angles), -np.sin(angles)]) * boxes[:, 2:3]
    rings = quads.reshape(-1, 4, 2)
    np.testing.assert_allclose(rings[:, 1] - rings[:, 0], across, atol=1e-9)
    np.testing.assert_allclose(rings.mean(axis=1), boxes[:, :2], atol=1e-9)
    sheared = mapped((1, 0.7, 0, 0.1, 1, 0, 0, 0, 1), quads)
    fitted = labels.fit_rotated(sheared, np.arange(0, 81, 4))
    turns = np.radians(np.arange(0, 90, 0.01))
    for ring, box in zip(sheared.reshape(-1, 4, 2), fitted, strict=True):
        x = ring @ np.array([np.cos(turns), np.sin(turns)])
        y = ring @ np.array([-np.sin(turns), np.cos(turns)])
        smallest = (np.ptp(x, axis=0) * np.ptp(y, axis=0)).min()
        assert box[2] * box[3] == pytest.approx(smallest, rel=1e-3)
        around = labels.rotated_quads(box[None])
        assert common_area(ring, (-1e3, -1e3, 1e3, 1e3)) <= ConvexHull(around).volume + 1e-6
        assert (ConvexHull(around).equations @ np.column_stack([ring, np.ones(4)]).T < 1e-6).all()


def test_an_untouched_rotated_box_comes_back():
    boxes = np.array([[20.0, 30, 10, 4, 0], [5, 5, 3, 8, 37], [1, 2, 0, 0, 10]])
    back = labels.fit_rotated(labels.rotated_quads(boxes), np.arange(0, 13, 4))
    np.testing.assert_allclose(back[:2], boxes[:2], atol=1e-9)
    np.testing.assert_array_equal(back[2, :4], [1, 2, 0, 0])  # a point has no angle


def test_rows_that_are_kept():
    boxes = random_boxes(300)
    fractions = GENERATOR.choice([0.0, 0.2, 0.5, 1.0], 300)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    boxes[7] = np.nan
    for least, area in ((0.0, 0.0), (0.5, 0.0), (0.0, 400.0), (0.2, 400.0)):
        rows = np.empty(300, np.intp)
        count = labels.kept_rows(fractions, boxes, least, area, rows)
        keep = (fractions > 0) & (fractions >= least) & ((area == 0) | (areas >= area))
        keep[7] &= area == 0
        np.testing.assert_array_equal(rows[:count], np.nonzero(keep)[0])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_flaw(bad):
    rows = random_boxes(5)
    assert labels.first_flaw(rows, True) == -1
    rows[3, 2] = rows[3, 0] - 1
    assert (labels.first_flaw(rows, False), labels.first_flaw(rows, True)) == (-1, 3)
    rows[2, 1] = bad
    assert (labels.first_flaw(rows, False), labels.first_flaw(rows, True)) == (2, 2)
