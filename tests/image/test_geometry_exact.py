"""Every geometric transform against somebody else's arithmetic: Pillow, SciPy or plain NumPy.

Exact geometry is compared byte for byte. Interpolation is compared within one level of 255, since
the oracles round (or cut off) differently; nearest neighbours may differ where a position falls on
the edge between two pixels but for rounding.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from augkit import Compose, image

HEIGHT, WIDTH = 96, 128
GENERATOR = np.random.default_rng(3)
NOISE = GENERATOR.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH]
SMOOTH = (128 + 60 * np.sin(X / 11) + 50 * np.cos(Y / 13)).astype(np.uint8)
COLOR = np.dstack([SMOOTH, NOISE, SMOOTH[::-1]])
BILINEAR, BICUBIC, NEAREST = (
    Image.Resampling.BILINEAR,
    Image.Resampling.BICUBIC,
    Image.Resampling.NEAREST,
)
TIES = 0.002  # the share of pixels that may lie on an edge between two, but for rounding

# Our borders by SciPy's names.
BORDERS = {
    "constant": "grid-constant",
    "replicate": "nearest",
    "reflect": "reflect",
    "reflect101": "mirror",
    "wrap": "grid-wrap",
}


def pil(array):
    return Image.fromarray(np.ascontiguousarray(array))


def distance(a, b):
    assert a.shape == b.shape
    return np.abs(a.astype(np.float64) - b.astype(np.float64)).max()


def differing(a, b):
    assert a.shape == b.shape
    differ = a != b
    return differ.any(axis=-1).mean() if differ.ndim == 3 else differ.mean()


def about_the_middle(matrix, size=(HEIGHT, WIDTH)):
    """A 2 x 2 matrix as 3 x 3 about the middle of an image, in edge coordinates."""
    middle = np.array([size[1] / 2, size[0] / 2])
    whole = np.eye(3)
    whole[:2, :2] = matrix
    whole[:2, 2] = middle - np.array(matrix) @ middle
    return whole


def turned(degrees):
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, s], [-s, c]])  # y points down, counter-clockwise as seen


def sheared(x=0.0, y=0.0):
    tangents = math.tan(math.radians(x)), math.tan(math.radians(y))
    return np.array([[1, 0], [tangents[1], 1]]) @ np.array([[1, tangents[0]], [0, 1]])


def sampled(array, positions, border="constant", fill=0, order=1):
    """SciPy's value of ``array`` at source positions (..., 2) as x, y in edge coordinates."""
    channels = array[..., None] if array.ndim == 2 else array
    places = [positions[..., 1] - 0.5, positions[..., 0] - 0.5]
    values = [
        ndimage.map_coordinates(
            channels[..., c].astype(np.float64),
            places,
            order=order,
            mode=BORDERS[border],
            cval=fill,
        )
        for c in range(channels.shape[2])
    ]
    return np.stack(values, axis=-1).reshape(*positions.shape[:-1], *array.shape[2:])


def backwards(matrix, size):
    """Per output pixel its source position, through the inverse of a 3 x 3 matrix."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]] + 0.5
    points = np.stack([columns, rows, np.ones_like(rows)], axis=-1) @ np.linalg.inv(matrix).T
    return points[..., :2] / points[..., 2:]


def alone(transform, data=COLOR, key="k", **more):
    """What a transform makes, and the params it drew."""
    made, recipe = Compose([transform], seed=6).run(data, key=key, **more)
    return made, recipe.steps[0].params


class TestExact:
    @pytest.mark.parametrize("array", [NOISE, COLOR, NOISE[:1], NOISE[:, :1], NOISE[:7, :5]])
    def test_flips_and_turns(self, array):
        pairs = [
            (image.HorizontalFlip(), array[:, ::-1], Image.Transpose.FLIP_LEFT_RIGHT),
            (image.VerticalFlip(), array[::-1], Image.Transpose.FLIP_TOP_BOTTOM),
            (image.Transpose(), array.swapaxes(0, 1), Image.Transpose.TRANSPOSE),
            (image.Rotate90(turns=1), np.rot90(array), Image.Transpose.ROTATE_90),
            (image.Rotate90(turns=2), np.rot90(array, 2), Image.Transpose.ROTATE_180),
            (image.Rotate90(turns=3), np.rot90(array, 3), Image.Transpose.ROTATE_270),
            (image.Rotate90(turns=-1), np.rot90(array, -1), Image.Transpose.ROTATE_270),
            (image.Rotate90(turns=4), array, None),
        ]
        for transform, expected, method in pairs:
            made = transform(array)
            np.testing.assert_array_equal(made, expected)
            if method is not None:
                np.testing.assert_array_equal(made, np.asarray(pil(array).transpose(method)))

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
    def test_whole_shifts(self, dtype):
        array = (NOISE / 255 * (1 if dtype == np.float32 else np.iinfo(dtype).max)).astype(dtype)
        for x, y in ((5, 0), (0, -7), (-3, 4), (127, 95), (128, 0), (500, -500), (0, 0)):
            made = image.Translate(pixels={"x": x, "y": y})(array)
            expected = ndimage.shift(array, (y, x), order=0, cval=0)
            np.testing.assert_array_equal(made, expected)

    def test_translate_is_a_fraction_of_the_size(self):
        made = image.Translate(translate={"x": 0.25, "y": -0.125})(NOISE)
        np.testing.assert_array_equal(made, ndimage.shift(NOISE, (-12, 32), order=0))

    @pytest.mark.parametrize("border", list(BORDERS))
    def test_pads(self, border):
        modes = {
            "constant": {"mode": "constant", "constant_values": 7},
            "replicate": {"mode": "edge"},
            "reflect": {"mode": "symmetric"},
            "reflect101": {"mode": "reflect"},
            "wrap": {"mode": "wrap"},
        }
        fill = {"fill": 7} if border == "constant" else {}
        for array in (NOISE, COLOR, NOISE[:5, :6]):
            made = image.Pad(pixels=(2, 3, 4, 5), border=border, **fill)(array)
            widths = [(2, 4), (5, 3)] + [(0, 0)] * (array.ndim - 2)
            np.testing.assert_array_equal(made, np.pad(array, widths, **modes[border]))

    def test_pad_to_a_size(self):
        made = image.Pad(size=(101, 120), fill=9)(NOISE)
        assert made.shape == (101, 128)
        np.testing.assert_array_equal(made[2:98], NOISE)
        assert (made[:2] == 9).all()
        assert (made[98:] == 9).all()
        np.testing.assert_array_equal(image.Pad(size=10)(NOISE), NOISE)

    @pytest.mark.parametrize("size", [(96, 128), (10, 20), (1, 1), (95, 127), (3, 128)])
    def test_center_crops(self, size):
        top, left = (HEIGHT - size[0]) // 2, (WIDTH - size[1]) // 2
        expected = COLOR[top : top + size[0], left : left + size[1]]
        np.testing.assert_array_equal(image.CenterCrop(size)(COLOR), expected)

    def test_random_crops_are_parts_of_the_picture(self):
        places = np.arange(HEIGHT * WIDTH, dtype=np.uint16).reshape(HEIGHT, WIDTH)
        crop = Compose([image.RandomCrop((40, 50))], seed=1)
        corners = set()
        for key in range(300):
            made = crop(places, key=key)
            top, left = divmod(int(made[0, 0]), WIDTH)
            np.testing.assert_array_equal(made, places[top : top + 40, left : left + 50])
            corners.add((top, left))
        tops, lefts = zip(*corners, strict=True)
        assert (min(tops), max(tops)) == pytest.approx((0, 56), abs=2)
        assert (min(lefts), max(lefts)) == pytest.approx((0, 78), abs=2)

    def test_a_crop_larger_than_the_picture_pads(self):
        for cls in (image.CenterCrop, image.RandomCrop):
            made = cls((100, 64), fill=5)._alone()(NOISE, key=0)
            assert made.shape == (100, 64)
            assert (made[:2] == 5).all()
            assert (made[98:] == 5).all()
            found = [c for c in range(65) if (NOISE[:, c : c + 64] == made[2:98]).all()]
            assert len(found) == 1

    def test_crop_and_pad(self):
        cut = image.CropAndPad(fraction=-0.25, keep_size=False)(NOISE)
        np.testing.assert_array_equal(cut, NOISE[24:72, 32:96])
        padded = image.CropAndPad(fraction=0.25, keep_size=False, fill=3)(NOISE)
        np.testing.assert_array_equal(
            padded, np.pad(NOISE, [(24, 24), (32, 32)], constant_values=3)
        )
        mirrored = image.CropAndPad(fraction=0.25, keep_size=False, border="reflect")(NOISE)
        np.testing.assert_array_equal(
            mirrored, np.pad(NOISE, [(24, 24), (32, 32)], mode="symmetric")
        )

    def test_crop_and_pad_back_to_size(self):
        made = image.CropAndPad(fraction=-0.25)(COLOR)
        expected = np.asarray(pil(COLOR).resize((WIDTH, HEIGHT), BILINEAR, box=(32, 24, 96, 72)))
        assert distance(made, expected) <= 1


class TestNothing:
    """What is neutral gives the picture back, byte for byte."""

    @pytest.mark.parametrize(
        "transform",
        [
            image.Rotate(degrees=0),
            image.Rotate(degrees=0, expand=True),
            image.Rotate(degrees=-720),
            image.Affine(),
            image.Affine(expand=True, border="wrap"),
            image.Zoom(scale=1),
            image.Shear(shear=0),
            image.Translate(translate=0),
            image.Perspective(scale=0),
            image.ElasticTransform(displacement=0),
            image.Resize((HEIGHT, WIDTH)),
            image.Resize((HEIGHT, WIDTH), interpolation="cubic"),
            image.CenterCrop((HEIGHT, WIDTH)),
            image.RandomResizedCrop((HEIGHT, WIDTH), scale=1, ratio=(4 / 3, 4 / 3)),
            image.Pad(pixels=0),
            image.CropAndPad(fraction=0),
            image.Rotate90(turns=0),
        ],
        ids=repr,
    )
    def test_at_all(self, transform):
        boxes = [[0.45, 0.5, 0.7, 0.9], [1 / 3, 1 / 7, 1 / 9, 1 / 11]]
        points = [[1.1, 2.2], [0.3, 90.7]]
        pipeline = Compose([transform], box_format="yolo", seed=1)
        made = pipeline(image=COLOR, mask=NOISE, boxes=boxes, keypoints=points, key=0)
        np.testing.assert_array_equal(made["image"], COLOR)
        np.testing.assert_array_equal(made["mask"], NOISE)
        assert made["boxes"] == boxes
        assert made["keypoints"] == points


class TestResize:
    SIZES = (
        (48, 64),
        (50, 60),
        (20, 31),
        (96, 64),
        (13, 128),
        (200, 300),
        (97, 129),
        (1, 1),
        (3, 500),
    )

    @pytest.mark.parametrize("size", SIZES)
    def test_linear_is_pillow_s_antialiased_one(self, size):
        made = image.Resize(size)(COLOR)
        assert distance(made, np.asarray(pil(COLOR).resize(size[::-1], BILINEAR))) <= 1

    @pytest.mark.parametrize("size", SIZES)
    def test_cubic(self, size):
        made = image.Resize(size, interpolation="cubic")(COLOR)
        # Pillow rounds and cuts off between its two passes, where cubic weights overshoot.
        assert distance(made, np.asarray(pil(COLOR).resize(size[::-1], BICUBIC))) <= 2

    @pytest.mark.parametrize("size", SIZES)
    def test_masks_take_pillow_s_nearest(self, size):
        made = image.Resize(size)(image=COLOR, mask=NOISE)["mask"]
        np.testing.assert_array_equal(made, np.asarray(pil(NOISE).resize(size[::-1], NEAREST)))

    def test_masks_get_no_new_values(self):
        classes = (NOISE % 3 * 100).astype(np.int64)
        for transform in (image.Resize((33, 47)), image.Rotate(degrees=33), image.Zoom(scale=0.3)):
            assert set(np.unique(transform(image=COLOR, mask=classes)["mask"])) <= {0, 100, 200}

    def test_float_is_closer_still(self):
        exact = (SMOOTH / 255).astype(np.float32)
        for size in self.SIZES:
            made = image.Resize(size)(exact)
            expected = np.asarray(pil(exact).resize(size[::-1], BILINEAR))
            assert distance(made, expected) < 1e-5

    def test_16_bits(self):
        deep = (SMOOTH.astype(np.uint16) * 257).astype(np.uint16)
        made = image.Resize((40, 50))(deep)
        expected = np.asarray(pil((deep / 65535).astype(np.float32)).resize((50, 40), BILINEAR))
        assert distance(made, expected * 65535.0) <= 1

    def test_random_resized_crop(self):
        transform = image.RandomResizedCrop((40, 30), scale=(0.2, 0.6))
        for key in range(20):
            made, params = alone(transform, key=key)
            height, width = round(params["height"] * HEIGHT), round(params["width"] * WIDTH)
            top = int(params["y"] * (HEIGHT - height + 1))
            left = int(params["x"] * (WIDTH - width + 1))
            box = (left, top, left + width, top + height)
            expected = np.asarray(pil(COLOR).resize((30, 40), BILINEAR, box=box))
            assert distance(made, expected) <= 1
            assert 0.19 < params["height"] * params["width"] < 0.62


ANGLES = (10, 30, 45, 77, -20, 123, 200)


class TestRotate:
    @pytest.mark.parametrize("degrees", ANGLES)
    def test_pillow(self, degrees):
        made = image.Rotate(degrees=degrees)(COLOR)
        expected = np.asarray(pil(COLOR).rotate(degrees, BILINEAR))
        white = pil(np.full((HEIGHT, WIDTH), 255, np.uint8)).rotate(degrees, BILINEAR)
        inside = ndimage.binary_erosion(np.asarray(white) == 255, iterations=2)
        assert distance(made[inside], expected[inside]) <= 1

    @pytest.mark.parametrize("degrees", ANGLES)
    def test_nearest_and_masks(self, degrees):
        rotate = image.Rotate(degrees=degrees, interpolation="nearest")
        made = rotate(image=NOISE, mask=NOISE)
        expected = np.asarray(pil(NOISE).rotate(degrees, NEAREST))
        assert differing(made["image"], expected) < TIES
        np.testing.assert_array_equal(made["image"], made["mask"])

    @pytest.mark.parametrize("border", list(BORDERS))
    @pytest.mark.parametrize("degrees", [30, -77])
    def test_scipy_with_every_border(self, degrees, border):
        made = image.Rotate(degrees=degrees, border=border)(NOISE)
        positions = backwards(about_the_middle(turned(degrees)), NOISE.shape)
        expected = sampled(NOISE, positions, border)
        assert distance(made, expected) <= 1

    def test_a_constant_border_is_blended_with(self):
        white = np.full((HEIGHT, WIDTH), 255, np.uint8)
        made = image.Rotate(degrees=20, fill=55)(white)
        positions = backwards(about_the_middle(turned(20)), white.shape)
        assert distance(made, sampled(white, positions, fill=55)) <= 1

    @pytest.mark.parametrize("degrees", ANGLES)
    def test_expanded_sizes_hold_all_of_it(self, degrees):
        corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]) @ turned(degrees).T
        extent = np.ptp(corners, axis=0)
        made = image.Rotate(degrees=degrees, expand=True)(
            image=COLOR, boxes=[[0, 0, WIDTH, HEIGHT]]
        )
        height, width = made["image"].shape[:2]
        assert (width, height) == tuple(np.ceil(extent - 1e-6).astype(int))
        margin = (np.array([width, height]) - extent) / 2
        expected = [*margin, *(margin + extent)]
        assert made["boxes"][0] == pytest.approx(expected, abs=1e-9)
        pillow = pil(COLOR).rotate(degrees, expand=True).size
        assert np.abs(np.subtract(pillow, (width, height))).max() <= 1

    @pytest.mark.parametrize("size", [(64, 64), (64, 48), (63, 64), (1, 5)])
    @pytest.mark.parametrize("cls", [image.Rotate, image.Affine])
    def test_quarter_turns_expand_to_the_very_size(self, cls, size):
        made = cls(degrees=90, expand=True)(np.zeros(size, np.uint8))
        assert made.shape == size[::-1]
        assert cls(degrees=180, expand=True)(np.zeros(size, np.uint8)).shape == size

    def test_16_bits_and_float_agree_with_8(self):
        for dtype, top in ((np.uint16, 65535), (np.float32, 1.0)):
            deep = (SMOOTH / 255 * top).astype(dtype)
            made = image.Rotate(degrees=33)(deep) / top * 255
            assert distance(made, image.Rotate(degrees=33)(SMOOTH)) <= 1


class TestAffine:
    CASES = (
        ({"degrees": 15}, turned(15)),
        ({"scale": 1.5}, np.eye(2) * 1.5),
        ({"scale": {"x": 2.0, "y": 1.25}}, np.diag([2.0, 1.25])),
        ({"shear": {"x": 12, "y": -7}, "scale": 1.6}, sheared(12, -7) * 1.6),
        (
            {"degrees": -40, "scale": 1.75, "shear": 10},
            turned(-40) @ sheared(10) * 1.75,
        ),
    )

    @pytest.mark.parametrize(("given", "matrix"), CASES, ids=str)
    def test_scipy(self, given, matrix):
        """Enlarged, as nothing is antialiased there: scale first, then shear, then turn."""
        made = image.Affine(**given)(NOISE)
        assert distance(made, sampled(NOISE, backwards(about_the_middle(matrix), NOISE.shape))) <= 1

    @pytest.mark.parametrize(("given", "matrix"), CASES, ids=str)
    def test_labels_go_through_the_same_matrix(self, given, matrix):
        points = GENERATOR.uniform(0, [WIDTH, HEIGHT], (20, 2))
        pipeline = Compose([image.Affine(**given)], keep_outside=True)
        moved = pipeline(image=NOISE, keypoints=points)["keypoints"]
        whole = about_the_middle(matrix)
        np.testing.assert_allclose(moved, points @ whole[:2, :2].T + whole[:2, 2], atol=1e-9)

    @pytest.mark.parametrize(
        ("transform", "matrix"),
        [
            (image.Affine(degrees=25, scale=0.7, shear=15), turned(25) @ sheared(15) * 0.7),
            (image.Shear(shear=20), sheared(20)),
            (image.Shear(shear={"x": -15, "y": 10}), sheared(-15, 10)),
            (image.Zoom(scale=0.5), np.eye(2) * 0.5),
            (image.Zoom(scale={"x": 3, "y": 0.4}), np.diag([3, 0.4])),
        ],
        ids=repr,
    )
    def test_pillow_where_it_shrinks(self, transform, matrix):
        """Nearest neighbours are Pillow's; what is smooth stays what it was."""
        inverse = np.linalg.inv(about_the_middle(matrix))
        coefficients = inverse[:2].ravel().tolist()
        moved = pil(NOISE).transform((WIDTH, HEIGHT), Image.Transform.AFFINE, coefficients, NEAREST)
        made = transform(image=SMOOTH, mask=NOISE)
        assert differing(made["mask"], np.asarray(moved)) < TIES
        expected = sampled(SMOOTH, backwards(about_the_middle(matrix), SMOOTH.shape))
        white = sampled(np.ones_like(SMOOTH), backwards(about_the_middle(matrix), SMOOTH.shape))
        inside = ndimage.binary_erosion(white == 1, iterations=3)
        assert distance(made["image"][inside], expected[inside]) <= 5

    @pytest.mark.parametrize("scale", [1.5, 2.0, 4.0])
    def test_zooming_in_is_cropping_and_resizing(self, scale):
        width, height = WIDTH / scale, HEIGHT / scale
        left, top = (WIDTH - width) / 2, (HEIGHT - height) / 2
        box = (left, top, left + width, top + height)
        expected = np.asarray(pil(COLOR).resize((WIDTH, HEIGHT), BILINEAR, box=box))
        assert distance(image.Zoom(scale=scale)(COLOR), expected) <= 1

    @pytest.mark.parametrize("scale", [0.8, 0.5, 0.25, 0.125])
    def test_zooming_out_is_resizing_and_padding(self, scale):
        """As Pillow's resize, which is a little softer, but where the border blends in."""
        height, width = int(HEIGHT * scale), int(WIDTH * scale)
        small = np.asarray(pil(SMOOTH).resize((width, height), BILINEAR))
        top, left = (HEIGHT - height) // 2, (WIDTH - width) // 2
        made = image.Zoom(scale=scale)(SMOOTH)[top : top + height, left : left + width]
        assert distance(made[2:-2, 2:-2], small[2:-2, 2:-2]) <= 3

    def test_translation_comes_last_and_is_not_scaled(self):
        given = {"degrees": 90, "scale": 2, "translate": {"x": 0.25, "y": 0}}
        moved = Compose([image.Affine(**given)], keep_outside=True)(
            image=NOISE, keypoints=[[WIDTH / 2, HEIGHT / 2]]
        )
        assert moved["keypoints"][0] == pytest.approx([WIDTH / 2 + 32, HEIGHT / 2])


class TestPerspective:
    @pytest.mark.parametrize("key", range(4))
    def test_pillow(self, key):
        transform = image.Perspective(scale=0.2)
        made, params = alone(transform, {"image": SMOOTH, "mask": NOISE}, key)
        shifts = np.array(params["corners"]).reshape(4, 2)
        unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
        size = [WIDTH, HEIGHT]
        matrix = homography(unit * size, (unit + shifts) * size)
        inverse = np.linalg.inv(matrix)
        coefficients = (inverse / inverse[2, 2]).ravel()[:8].tolist()
        method = Image.Transform.PERSPECTIVE
        moved = pil(NOISE).transform((WIDTH, HEIGHT), method, coefficients, NEAREST)
        assert differing(made["mask"], np.asarray(moved)) < TIES
        expected = sampled(SMOOTH, backwards(matrix, SMOOTH.shape))
        white = sampled(np.ones_like(SMOOTH), backwards(matrix, SMOOTH.shape))
        inside = ndimage.binary_erosion(white == 1, iterations=3)
        assert inside.mean() > 0.3
        assert distance(made["image"][inside], expected[inside]) <= 3

    def test_the_corners_go_where_they_were_drawn(self):
        size = np.array([WIDTH, HEIGHT])
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
        pipeline = Compose([image.Perspective(scale=0.2)], seed=2, keep_outside=True)
        made, recipe = pipeline.run(image=NOISE, keypoints=(corners * size).tolist(), key=0)
        shifts = np.array(recipe.steps[0].params["corners"]).reshape(4, 2)
        assert np.abs(shifts).max() <= 0.2
        np.testing.assert_allclose(made["keypoints"], (corners + shifts) * size, atol=1e-9)


def homography(source, target):
    """The 3 x 3 matrix through four pairs of points, by solving the eight linear equations."""
    rows, right = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return np.append(np.linalg.solve(np.array(rows, float), np.array(right, float)), 1).reshape(
        3, 3
    )


class TestElastic:
    TRANSFORM = image.ElasticTransform(displacement=0.045)

    def positions(self, params, size=(HEIGHT, WIDTH)):
        """The drawn control points, evaluated by SciPy's splines instead of ours."""
        field = self.TRANSFORM.geometry(params, size).field
        spacing = min(size) / field.cells
        rows, columns = np.mgrid[0 : size[0], 0 : size[1]] + 0.5
        places = [rows / spacing + 1, columns / spacing + 1]
        bent = [
            ndimage.map_coordinates(
                field.coefficients[..., axis], places, order=3, prefilter=False, mode="nearest"
            )
            for axis in (0, 1)
        ]
        return np.stack([columns, rows], axis=-1) + np.stack(bent, axis=-1) * spacing

    @pytest.mark.parametrize("key", range(3))
    def test_scipy(self, key):
        made, params = alone(self.TRANSFORM, {"image": SMOOTH, "mask": NOISE}, key)
        positions = self.positions(params)
        expected = sampled(SMOOTH, positions)
        inside = ndimage.binary_erosion(sampled(np.ones_like(SMOOTH), positions) == 1, iterations=2)
        assert distance(made["image"][inside], expected[inside]) <= 2
        nearest = NOISE[
            np.clip(positions[..., 1].astype(int), 0, HEIGHT - 1),
            np.clip(positions[..., 0].astype(int), 0, WIDTH - 1),
        ]
        assert differing(made["mask"][inside], nearest[inside]) < TIES

    def test_it_moves_as_far_as_it_says_and_never_folds(self):
        for key in range(10):
            _, params = alone(self.TRANSFORM, key=key)
            positions = self.positions(params)
            rows, columns = Y + 0.5, X + 0.5
            shift = np.stack([positions[..., 0] - columns, positions[..., 1] - rows], axis=-1)
            assert 0.5 < np.abs(shift).max() <= 0.045 * HEIGHT + 1e-9
            dx = np.gradient(positions, axis=1)
            dy = np.gradient(positions, axis=0)
            assert (dx[..., 0] * dy[..., 1] - dx[..., 1] * dy[..., 0] > 0).all()

    def test_points_go_where_the_pixels_go(self):
        """A point and its picture: the output position whose source it is."""
        pipeline = Compose([self.TRANSFORM], seed=6)
        points = GENERATOR.uniform([15, 15], [WIDTH - 15, HEIGHT - 15], (50, 2))
        made, recipe = pipeline.run(image=NOISE, keypoints=points, key=1)
        positions = self.positions(recipe.steps[0].params)
        for point, moved in zip(points, made["keypoints"], strict=True):
            places = [[moved[1] - 0.5], [moved[0] - 0.5]]
            back = [
                ndimage.map_coordinates(positions[..., axis], places, order=3)[0] for axis in (0, 1)
            ]
            np.testing.assert_allclose(back, point, atol=1e-3)


class TestComposed:
    @pytest.mark.parametrize("key", range(4))
    def test_a_fused_run_is_one_interpolation_through_one_matrix(self, key):
        """The matrices of the recipe, multiplied by NumPy; sampled once, by SciPy."""
        pipeline = Compose(
            [
                image.HorizontalFlip(),
                image.Rotate(degrees=(-30, 30)),
                image.Zoom(scale=(1.3, 1.6)),
                image.Translate(translate=(-0.1, 0.1)),
            ],
            seed=3,
        )
        made, recipe = pipeline.run(NOISE, key=key)
        params = {step.id: step.params for step in recipe.steps}
        shift = np.eye(3)
        shift[:2, 2] = [
            params["Translate"]["translate"]["x"] * WIDTH,
            params["Translate"]["translate"]["y"] * HEIGHT,
        ]
        matrix = (
            shift
            @ about_the_middle(np.eye(2) * params["Zoom"]["scale"])
            @ about_the_middle(turned(params["Rotate"]["degrees"]))
            @ np.array([[-1, 0, WIDTH], [0, 1, 0], [0, 0, 1]])
        )
        assert distance(made, sampled(NOISE, backwards(matrix, NOISE.shape))) <= 1

    def test_crop_and_resize_is_pillow_s_box(self):
        pipeline = Compose([image.CenterCrop((60, 80)), image.Resize((30, 33))])
        expected = np.asarray(pil(COLOR).crop((24, 18, 104, 78)).resize((33, 30), BILINEAR))
        made = pipeline(COLOR)
        assert distance(made[1:-1, 1:-1], expected[1:-1, 1:-1]) <= 1
