"""Named data: every kind in every form, back in the form it came, and refused where it is wrong."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from PIL import Image

from augkit import Compose, image
from augkit.image.targets import KINDS, from_xyxy, to_xyxy

HEIGHT, WIDTH = 40, 60
GENERATOR = np.random.default_rng(4)
PICTURE = GENERATOR.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
FLIP = image.HorizontalFlip()
SHIFT = image.Translate(pixels={"x": 30, "y": 0})  # the right half leaves
NEVER = image.HorizontalFlip(p=0)
FORMATS = ("xyxy", "xywh", "cxcywh", "yolo")


def flipped(**named):
    return FLIP(image=PICTURE, **named)


def run(*steps, settings=None, **named):
    named.setdefault("image", PICTURE)
    return Compose(list(steps), **(settings or {}))(**named)


class TestImages:
    @pytest.mark.parametrize(
        ("mode", "back", "dtype", "shape"),
        [
            ("L", "L", np.uint8, (40, 60)),
            ("RGB", "RGB", np.uint8, (40, 60, 3)),
            ("RGBA", "RGBA", np.uint8, (40, 60, 4)),
            ("LA", "LA", np.uint8, (40, 60, 2)),
            ("1", "L", np.uint8, (40, 60)),
            ("P", "RGB", np.uint8, (40, 60, 3)),
            ("CMYK", "RGB", np.uint8, (40, 60, 3)),
            ("YCbCr", "RGB", np.uint8, (40, 60, 3)),
            ("HSV", "RGB", np.uint8, (40, 60, 3)),
            ("I;16", "I;16", np.uint16, (40, 60)),
            ("I", "I;16", np.uint16, (40, 60)),
            ("F", "F", np.float32, (40, 60)),
        ],
    )
    def test_pil_modes(self, mode, back, dtype, shape):
        source = Image.fromarray(PICTURE)
        if mode in ("I;16", "I"):
            picture = Image.fromarray(PICTURE[..., 0].astype(np.uint16) * 257)
            picture = picture.convert("I") if mode == "I" else picture
        elif mode == "F":
            picture = Image.fromarray((PICTURE[..., 0] / 255).astype(np.float32))
        else:
            picture = source.convert(mode)
        before = picture.tobytes()
        made = FLIP(picture)
        assert isinstance(made, Image.Image)
        assert made.mode == back
        array = np.asarray(made)
        assert (array.dtype, array.shape) == (dtype, shape)
        if mode == back:
            np.testing.assert_array_equal(array, np.asarray(picture)[:, ::-1])
        else:
            known = picture.convert("RGB" if back == "RGB" else "L" if back == "L" else "I")
            np.testing.assert_array_equal(array, np.asarray(known)[:, ::-1])
        assert picture.tobytes() == before

    def test_a_palette_with_transparency_has_alpha(self):
        picture = Image.fromarray(PICTURE).convert("P")
        picture.info["transparency"] = 0
        assert FLIP(picture).mode == "RGBA"

    def test_named_pil_images_come_back_as_such(self):
        made = FLIP(image=Image.fromarray(PICTURE), mask=Image.fromarray(PICTURE[..., 0]))
        assert made["image"].mode == "RGB"
        assert made["mask"].mode == "L"
        np.testing.assert_array_equal(np.asarray(made["mask"]), PICTURE[:, ::-1, 0])

    def test_arrays_and_pil_give_the_same(self):
        for transform in (image.Rotate(degrees=20), image.Brightness(factor=0.7)):
            made = np.asarray(transform(Image.fromarray(PICTURE)))
            np.testing.assert_array_equal(made, transform(PICTURE))

    def test_after_normalize_it_is_an_array(self):
        made = image.Normalize()(Image.fromarray(PICTURE))
        assert isinstance(made, np.ndarray)
        assert made.shape == (3, HEIGHT, WIDTH)

    def test_16_bit_color_has_no_pil_form(self):
        with pytest.raises(ValueError, match="mode I must lie in"):
            FLIP(Image.fromarray(np.full((4, 4), -1, np.int32)))

    def test_alpha_by_name(self):
        rgba = np.dstack([PICTURE, PICTURE[..., :1]])
        made = run(image.Brightness(factor=0.5), settings={"channels": "rgba"}, image=rgba)["image"]
        np.testing.assert_array_equal(made[..., 3], rgba[..., 3])
        with pytest.raises(ValueError, match="needs an image of 4"):
            run(FLIP, settings={"channels": "rgba"})

    @pytest.mark.parametrize(
        ("bad", "error", "said"),
        [
            (None, TypeError, "image must be a NumPy array or a PIL image, got NoneType"),
            ("cat.jpg", TypeError, "got str"),
            ([[1, 2], [3, 4]], TypeError, "got list"),
            (np.zeros(5, np.uint8), ValueError, r"shape \(H, W\) or \(H, W, C\), got \(5,\)"),
            (np.zeros((1, 2, 3, 4), np.uint8), ValueError, r"got \(1, 2, 3, 4\)"),
            (np.zeros((0, 5, 3), np.uint8), ValueError, "image is empty"),
            (np.zeros((5, 5, 0), np.uint8), ValueError, "image is empty"),
            (
                np.zeros((5, 5)),
                TypeError,
                r"got float64: convert it with image.astype\('float32'\)",
            ),
            (np.zeros((5, 5), bool), TypeError, "got bool: pass it as mask="),
            (np.zeros((5, 5), np.int64), TypeError, "got int64: convert it"),
            (np.full((5, 5), np.nan, np.float32), ValueError, r"in \[0, 1\], got NaN"),
            (np.full((5, 5), 255, np.float32), ValueError, r"got \[255, 255\]: divide it first"),
        ],
    )
    def test_bad_images(self, bad, error, said):
        for call in (lambda: FLIP(bad), lambda: FLIP(image=bad)):
            with pytest.raises(error, match=said):
                call()


class TestMasks:
    @pytest.mark.parametrize("dtype", [np.uint8, bool, np.int64, np.int16, np.uint32, np.float32])
    def test_any_dtype_by_nearest(self, dtype):
        mask = (PICTURE[..., 0] > 128).astype(dtype) * (1 if dtype is bool else dtype(7))
        mask = mask.astype(dtype)
        for transform in (FLIP, image.Rotate(degrees=33), image.Resize((33, 44))):
            made = transform(image=PICTURE, mask=mask)["mask"]
            assert made.dtype == dtype
            assert set(np.unique(made)) <= set(np.unique(mask)) | {0}

    def test_channels_of_a_mask_move_alike(self):
        made = image.Rotate(degrees=33)(image=PICTURE, mask=PICTURE)["mask"]
        alone = image.Rotate(degrees=33)(image=PICTURE, mask=PICTURE[..., 1])["mask"]
        np.testing.assert_array_equal(made[..., 1], alone)

    def test_mask_fill(self):
        made = run(
            image.Rotate(degrees=45, mask_fill=255), mask=np.zeros((HEIGHT, WIDTH), np.uint8)
        )
        assert made["mask"][0, 0] == 255
        assert made["image"][0, 0].tolist() == [0, 0, 0]

    def test_soft_masks(self):
        soft = np.zeros((HEIGHT, WIDTH), np.float32)
        soft[:, 30:] = 1
        sharp = run(image.Rotate(degrees=10), mask=soft)["mask"]
        smooth = run(image.Rotate(degrees=10, mask_interpolation="linear"), mask=soft)["mask"]
        assert set(np.unique(sharp)) == {0, 1}
        assert len(np.unique(smooth)) > 10

    def test_color_and_noise_leave_them(self):
        mask = PICTURE[..., 0]
        made = run(image.Invert(), image.GaussianNoise(), image.GaussianBlur(), mask=mask)["mask"]
        np.testing.assert_array_equal(made, mask)

    def test_a_pil_mask_keeps_its_palette(self):
        mask = Image.fromarray(PICTURE[..., 0] % 4).convert("P")
        mask.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
        made = flipped(mask=mask)["mask"]
        assert made.mode == "P"
        assert made.getpalette()[:12] == mask.getpalette()[:12]
        np.testing.assert_array_equal(np.asarray(made), np.asarray(mask)[:, ::-1])

    def test_a_pil_mask_of_one_bit(self):
        mask = Image.fromarray(PICTURE[..., 0] > 99)
        made = flipped(mask=mask)["mask"]
        assert made.mode == "1"
        np.testing.assert_array_equal(np.asarray(made), np.asarray(mask)[:, ::-1])

    def test_instance_masks_as_an_array(self):
        masks = np.stack([PICTURE[..., 0] > level for level in (50, 100, 200)])
        made = flipped(masks=masks)["masks"]
        assert isinstance(made, np.ndarray)
        assert made.dtype == bool
        assert made.flags.c_contiguous
        np.testing.assert_array_equal(made, masks[:, :, ::-1])

    @pytest.mark.parametrize("form", [list, tuple])
    def test_instance_masks_as_a_list(self, form):
        masks = form(PICTURE[..., channel] for channel in range(3))
        made = flipped(masks=masks)["masks"]
        assert isinstance(made, list)
        for one, given in zip(made, masks, strict=True):
            np.testing.assert_array_equal(one, given[:, ::-1])

    @pytest.mark.parametrize("empty", [[], (), np.zeros((0, HEIGHT, WIDTH), np.uint8)])
    def test_no_instances(self, empty):
        for transform in (FLIP, NEVER, image.Rotate(degrees=9), image.Resize(8)):
            made = transform(image=PICTURE, masks=empty, boxes=[], labels=[])
            assert len(made["masks"]) == 0
            assert made["boxes"] == made["labels"] == []

    @pytest.mark.parametrize(
        ("named", "said"),
        [
            ({"mask": np.zeros((HEIGHT, WIDTH - 1), np.uint8)}, "mask is 59 x 40 pixels.*60 x 40"),
            ({"mask": np.zeros((WIDTH, HEIGHT), np.uint8)}, "they must have one size"),
            ({"mask": np.zeros(5, np.uint8)}, r"mask must have shape \(H, W\)"),
            ({"mask": None}, "mask must have shape"),
            ({"masks": np.zeros((HEIGHT, WIDTH), np.uint8)}, r"masks must have shape \(N, H, W\)"),
            ({"masks": [np.zeros((4, 4)), np.zeros((4, 5))]}, r"one size, got \(4, 4\), \(4, 5\)"),
            ({"masks": np.zeros((2, 4, 4))}, "masks is 4 x 4 pixels"),
        ],
    )
    def test_bad_masks(self, named, said):
        with pytest.raises(ValueError, match=said):
            flipped(**named)


BOX = {
    "xyxy": [6.0, 8.0, 18.0, 30.0],
    "xywh": [6.0, 8.0, 12.0, 22.0],
    "cxcywh": [12.0, 19.0, 12.0, 22.0],
    "yolo": [12 / 60, 19 / 40, 12 / 60, 22 / 40],
}
FLIPPED_BOX = {
    "xyxy": [42.0, 8.0, 54.0, 30.0],
    "xywh": [42.0, 8.0, 12.0, 22.0],
    "cxcywh": [48.0, 19.0, 12.0, 22.0],
    "yolo": [48 / 60, 19 / 40, 12 / 60, 22 / 40],
}


class TestBoxes:
    @pytest.mark.parametrize("box_format", FORMATS)
    def test_formats(self, box_format):
        settings = {"box_format": box_format}
        made = run(FLIP, settings=settings, boxes=[BOX[box_format]])["boxes"]
        assert made[0] == pytest.approx(FLIPPED_BOX[box_format], abs=1e-12)
        corners = to_xyxy(np.array([BOX[box_format]]), box_format, (HEIGHT, WIDTH))
        np.testing.assert_allclose(corners, [BOX["xyxy"]])
        back = from_xyxy(corners, box_format, (HEIGHT, WIDTH))
        np.testing.assert_allclose(back, [BOX[box_format]])

    @pytest.mark.parametrize("box_format", FORMATS)
    def test_a_new_size(self, box_format):
        """Fractions stay, pixels scale."""
        made = run(
            image.Resize((80, 180)), settings={"box_format": box_format}, boxes=[BOX[box_format]]
        )
        factor = 1 if box_format == "yolo" else np.array([3, 2, 3, 2])
        np.testing.assert_allclose(made["boxes"][0], np.array(BOX[box_format]) * factor)

    @pytest.mark.parametrize("box_format", FORMATS)
    @pytest.mark.parametrize(
        "step", [NEVER, image.Rotate(degrees=0), image.Brightness(), image.Zoom(scale=1)]
    )
    def test_what_is_not_moved_comes_back_bit_for_bit(self, box_format, step):
        boxes = GENERATOR.uniform(0.2, 0.4, (50, 4))
        if box_format == "xyxy":
            boxes[:, 2:] += 1
        if box_format in ("xywh", "cxcywh"):
            boxes[:, :2] += 5
        made = run(step, settings={"box_format": box_format}, boxes=boxes)["boxes"]
        assert made.tobytes() == boxes.tobytes()
        assert made is not boxes

    @pytest.mark.parametrize("step", [NEVER, FLIP])
    @pytest.mark.parametrize(
        ("given", "kind", "dtype"),
        [
            ([[1, 2, 3, 4]], list, None),
            ([(1, 2, 3, 4)], list, None),
            (((1.0, 2.0, 3.0, 4.0),), tuple, None),
            (np.array([[1, 2, 3, 4]]), np.ndarray, np.float64),
            (np.array([[1, 2, 3, 4]], np.float32), np.ndarray, np.float32),
            (np.array([[1, 2, 3, 4]], np.float64), np.ndarray, np.float64),
            (np.array([[1, 2, 3, 4]], np.float16), np.ndarray, np.float16),
        ],
        ids=str,
    )
    def test_containers_and_dtypes_do_not_depend_on_what_fired(self, step, given, kind, dtype):
        made = run(step, boxes=given)["boxes"]
        assert isinstance(made, kind)
        assert np.asarray(made).tolist() == [[1, 2, 3, 4] if step is NEVER else [57, 2, 59, 4]]
        if dtype is not None:
            assert made.dtype == dtype
            assert not np.shares_memory(made, given)
        else:
            assert all(type(value) is float for value in made[0])
            assert made is not given

    @pytest.mark.parametrize("empty", [[], (), np.zeros((0, 4)), np.zeros((0,), np.float32), [[]]])
    def test_empty(self, empty):
        for step in (
            NEVER,
            FLIP,
            image.Rotate(degrees=30),
            image.Resize(7),
            image.ElasticTransform(),
        ):
            made = run(step, boxes=empty)["boxes"]
            assert len(made) == 0
            assert isinstance(made, type(empty))
            if isinstance(empty, np.ndarray):
                assert made.shape == (0, 4)
                assert made.dtype == empty.dtype

    def test_what_leaves_is_dropped_with_its_label(self):
        boxes = [[0, 0, 10, 10], [40, 0, 50, 10], [25, 0, 35, 10]]
        made = run(SHIFT, boxes=boxes, labels=["a", "b", "c"])
        assert made["boxes"] == [[30, 0, 40, 10], [55, 0, 60, 10]]
        assert made["labels"] == ["a", "c"]

    def test_min_visibility(self):
        boxes = [[25, 0, 35, 10], [21, 0, 31, 10], [28, 0, 38, 10], [0, 0, 5, 5]]
        for least, kept in ((0.0, "abcd"), (0.3, "abd"), (0.5, "abd"), (0.51, "bd"), (1.0, "d")):
            settings = {"min_visibility": least}
            made = run(SHIFT, settings=settings, boxes=boxes, labels=list("abcd"))
            assert "".join(made["labels"]) == kept

    def test_min_area(self):
        boxes = [[0, 0, 10, 10], [0, 0, 3, 3], [28, 0, 38, 10]]
        for least, kept in (
            (0, "abc"),
            (9, "abc"),
            (9.5, "ac"),
            (20, "ac"),
            (20.1, "a"),
            (101, ""),
        ):
            made = run(SHIFT, settings={"min_area": least}, boxes=boxes, labels=list("abc"))
            assert "".join(made["labels"]) == kept
        unmoved = run(NEVER, settings={"min_area": 50}, boxes=boxes, labels=list("abc"))
        assert unmoved["labels"] == ["a", "c"]

    def test_a_box_beyond_its_image_is_clipped(self):
        for step in (NEVER, image.Brightness(factor=1)):
            made = run(step, boxes=[[-5, -5, 10, 10], [50, 30, 70, 50]], labels=[1, 2])
            assert made["boxes"] == [[0, 0, 10, 10], [50, 30, 60, 40]]
            gone = run(step, boxes=[[70, 0, 80, 10], [0, 0, 1, 1]], labels=[1, 2])
            assert gone["boxes"] == [[0, 0, 1, 1]]
            assert gone["labels"] == [2]

    def test_yolo_values_a_hair_beyond_one(self):
        for value in (1.0025, 1 + 1e-9, 1.0):
            boxes = [[value - 0.1, 0.5, 0.2, 0.2]]
            made = run(NEVER, settings={"box_format": "yolo"}, boxes=boxes)["boxes"][0]
            assert made[0] + made[2] / 2 == pytest.approx(1)
            assert made[0] - made[2] / 2 == pytest.approx(value - 0.2)

    def test_boxes_without_extent_stay(self):
        boxes = [[3, 3, 3, 3], [3, 3, 3, 9], [3, 3, 9, 3]]
        assert run(NEVER, boxes=boxes)["boxes"] == boxes
        assert run(FLIP, boxes=boxes)["boxes"] == [[57, 3, 57, 3], [57, 3, 57, 9], [51, 3, 57, 3]]
        assert run(SHIFT, boxes=[[31, 3, 31, 3], [1, 1, 1, 1]])["boxes"] == [[31, 1, 31, 1]]

    @pytest.mark.parametrize(
        ("bad", "said"),
        [
            ([[1, 2, 3]], r"boxes must have shape \(N, 4\), got \(1, 3\)"),
            ([1, 2, 3, 4], r"boxes must have shape \(N, 4\), got \(4,\)"),
            ([[[1, 2, 3, 4]]], r"got \(1, 1, 4\)"),
            ([[1, 2, 3, 4], [1, 2]], "boxes must be numbers"),
            ([["a", 2, 3, 4]], "boxes must be numbers"),
            (None, "boxes must"),
            ([[1, 2, 3, 4], [1, np.nan, 3, 4]], r"boxes\[1\] has a value that is not finite"),
            ([[1, 2, np.inf, 4]], r"boxes\[0\] has a value that is not finite"),
            ([[1, 2, 3, 4], [9, 2, 3, 4]], r"boxes\[1\] ends before it begins: x 9 to 3"),
            ([[1, 8, 3, 4]], r"boxes\[0\] ends before it begins.*box_format is 'xyxy'"),
        ],
    )
    def test_bad_boxes(self, bad, said):
        with pytest.raises((ValueError, TypeError), match=said):
            flipped(boxes=bad)

    def test_a_negative_width_in_other_formats(self):
        for box_format in ("xywh", "cxcywh", "yolo"):
            with pytest.raises(ValueError, match="ends before it begins"):
                run(FLIP, settings={"box_format": box_format}, boxes=[[0.5, 0.5, -0.1, 0.1]])


class TestRotatedBoxes:
    BOX = (20.0, 15.0, 12.0, 6.0, 30.0)

    @pytest.mark.parametrize("step", [NEVER, image.Rotate(degrees=0), image.Brightness()])
    def test_unmoved_bit_for_bit(self, step):
        given = np.array([self.BOX, (30.5, 20.25, 3.3, 4.4, 200.0)])
        made = run(step, rotated_boxes=given)["rotated_boxes"]
        assert made.tobytes() == given.tobytes()

    def test_also_where_one_of_them_leaves_the_image(self):
        given = [list(self.BOX), [58.0, 15.0, 12.0, 6.0, 30.0], [200.0, 200.0, 4.0, 4.0, 0.0]]
        made = run(NEVER, rotated_boxes=given, labels=list("abc"))
        assert made["rotated_boxes"] == given[:2]
        assert made["labels"] == ["a", "b"]

    def test_flips_mirror_the_angle(self):
        cx, cy, width, height, degrees = flipped(rotated_boxes=[self.BOX])["rotated_boxes"][0]
        assert (cx, cy) == pytest.approx((40, 15))
        assert (width, height) == pytest.approx((12, 6))
        assert (degrees + 30) % 180 == pytest.approx(0, abs=1e-9)

    def test_zoom_scales_it(self):
        made = run(image.Zoom(scale=2), rotated_boxes=[(30, 20, 12, 6, 30)])["rotated_boxes"][0]
        assert made == pytest.approx([30, 20, 24, 12, 30])

    def test_a_shear_leaves_the_smallest_rectangle_around_it(self):
        box = (30.0, 20.0, 12.0, 6.0, 0.0)
        corners = np.array([[24, 17], [36, 17], [36, 23], [24, 23]], float)
        pipeline = Compose([image.Shear(shear=20)], keep_outside=True)
        made = pipeline(image=PICTURE, rotated_boxes=[box], keypoints=corners)
        cx, cy, width, height, degrees = made["rotated_boxes"][0]
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        local = (made["keypoints"] - [cx, cy]) @ np.array([[c, s], [-s, c]])
        np.testing.assert_allclose(np.abs(local).max(axis=0), [width / 2, height / 2], atol=1e-9)
        assert width * height < 12 * 6 + 2 * 6 * 6

    def test_containers(self):
        assert isinstance(flipped(rotated_boxes=(self.BOX,))["rotated_boxes"], tuple)
        single = np.array([self.BOX], np.float32)
        assert flipped(rotated_boxes=single)["rotated_boxes"].dtype == np.float32
        assert flipped(rotated_boxes=np.zeros((0, 5)))["rotated_boxes"].shape == (0, 5)

    @pytest.mark.parametrize(
        ("bad", "said"),
        [
            ([[1, 2, 3, 4]], r"rotated_boxes must have shape \(N, 5\)"),
            ([[1, 2, 3, 4, np.nan]], "not finite"),
            ([[1, 2, 3, -4, 0]], r"rotated_boxes\[0\] has a negative width or height"),
        ],
    )
    def test_bad_ones(self, bad, said):
        with pytest.raises(ValueError, match=said):
            flipped(rotated_boxes=bad)


SQUARE = [[10.0, 10.0], [20.0, 10.0], [20.0, 20.0], [10.0, 20.0]]
SQUARE_FLIPPED = [[50.0, 10.0], [40.0, 10.0], [40.0, 20.0], [50.0, 20.0]]
HOLE = [[12.0, 12.0], [14.0, 12.0], [14.0, 14.0]]


class TestPolygons:
    def test_a_ring_of_points(self):
        assert flipped(polygons=[SQUARE])["polygons"] == [[SQUARE_FLIPPED]]
        assert flipped(polygons=[[tuple(p) for p in SQUARE]])["polygons"] == [[SQUARE_FLIPPED]]

    def test_several_rings(self):
        made = flipped(polygons=[[SQUARE, HOLE], [HOLE]])["polygons"]
        assert [len(rings) for rings in made] == [2, 1]
        assert made[0][0] == SQUARE_FLIPPED
        assert made[0][1] == made[1][0] == [[48.0, 12.0], [46.0, 12.0], [46.0, 14.0]]

    @pytest.mark.parametrize("step", [NEVER, FLIP])
    def test_coco_s_flat_lists_stay_flat(self, step):
        flat = [value for point in SQUARE for value in point]
        expected = flat if step is NEVER else [v for point in SQUARE_FLIPPED for v in point]
        assert run(step, polygons=[[flat]])["polygons"] == [[expected]]
        assert run(step, polygons=[[flat, flat], [flat]])["polygons"] == [
            [expected] * 2,
            [expected],
        ]
        assert run(step, polygons=[flat])["polygons"] == [[expected]]

    @pytest.mark.parametrize("step", [NEVER, FLIP])
    @pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
    def test_arrays(self, step, dtype):
        ring = np.array(SQUARE, dtype)
        for given in ([ring], [[ring]], ring[None], [ring.ravel()]):
            (rings,) = run(step, polygons=given)["polygons"]
            assert isinstance(rings[0], np.ndarray)
            assert rings[0].dtype == (np.float64 if dtype is np.int64 else dtype)
            expected = SQUARE if step is NEVER else SQUARE_FLIPPED
            assert rings[0].reshape(-1, 2).tolist() == expected
            assert rings[0].ndim == (1 if np.ndim(given[0]) == 1 else 2)
            assert not np.shares_memory(rings[0], ring)

    def test_clipping(self):
        made = run(SHIFT, polygons=[[[25, 0], [35, 0], [35, 10], [25, 10]]])["polygons"]
        ring = np.array(made[0][0])
        assert sorted(map(tuple, ring.tolist())) == [(55, 0), (55, 10), (60, 0), (60, 10)]

    def test_clipped_alike_whether_anything_moved(self):
        beyond = [[50.0, 10.0], [70.0, 10.0], [70.0, 20.0], [50.0, 20.0]]
        made = run(NEVER, polygons=[beyond, SQUARE], labels=["a", "b"])
        assert np.array(made["polygons"][0][0])[:, 0].max() == 60
        gone = run(NEVER, polygons=[[[70, 10], [80, 10], [80, 20]], SQUARE], labels=["a", "b"])
        assert gone["labels"] == ["b"]

    def test_rings_that_leave_go_one_by_one(self):
        far = [[40.0, 10.0], [50.0, 10.0], [50.0, 20.0]]
        made = run(SHIFT, polygons=[[SQUARE, far], [far]], labels=["both", "far"])
        assert made["labels"] == ["both"]
        assert [len(rings) for rings in made["polygons"]] == [1]

    def test_visibility_is_that_of_the_whole_instance(self):
        half = [[25.0, 0.0], [35.0, 0.0], [35.0, 10.0], [25.0, 10.0]]
        whole = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]]
        for least, kept in ((0.7, 1), (0.8, 0)):
            made = run(
                SHIFT, settings={"min_visibility": least}, polygons=[[half, whole]], labels=[1]
            )
            assert len(made["labels"]) == kept

    def test_a_line_that_leaves_is_dropped(self):
        line = [[40.0, 10.0], [45.0, 10.0], [50.0, 10.0]]
        assert run(SHIFT, polygons=[line], labels=["a"])["labels"] == []
        assert run(FLIP, polygons=[line], labels=["a"])["labels"] == ["a"]

    def test_empty(self):
        for step in (
            NEVER,
            FLIP,
            image.Rotate(degrees=20),
            image.ElasticTransform(displacement=0.04),
        ):
            assert run(step, polygons=[])["polygons"] == []
            made = run(step, polygons=[[], SQUARE], labels=["none", "square"])
            assert made["labels"] == ["none", "square"]
            assert made["polygons"][0] == []

    def test_bending_follows_the_edges(self):
        pipeline = Compose([image.ElasticTransform(displacement=0.04)], seed=1)
        made = pipeline(image=PICTURE, polygons=[SQUARE], key=0)
        assert len(made["polygons"][0][0]) > 4

    @pytest.mark.parametrize(
        ("bad", "said"),
        [
            ([[1, 2, 3]], r"polygons\[0\] must be rings of shape \(K, 2\), got \(3,\)"),
            ([SQUARE, [[1, 2, 3], [4, 5, 6]]], r"polygons\[1\] must be"),
            ([[["a", 1], [2, 3], [4, 5]]], r"polygons\[0\] must be numbers"),
            ([[[np.nan, 1], [2, 3], [4, 5]]], r"polygons\[0\]\[0\] has a value that is not finite"),
            ([3], r"polygons\[0\] must be a ring or a list of rings"),
            (["abc"], r"polygons\[0\] must be a ring or a list of rings"),
        ],
    )
    def test_bad_ones(self, bad, said):
        with pytest.raises((ValueError, TypeError), match=said):
            flipped(polygons=bad)


class TestKeypoints:
    def test_edges_and_centers(self):
        points = [[0.0, 0.0], [10.0, 20.0], [59.0, 39.0]]
        edges = flipped(keypoints=points)["keypoints"]
        assert edges == [[60.0, 0.0], [50.0, 20.0], [1.0, 39.0]]
        centers = run(FLIP, settings={"keypoints_at": "centers"}, keypoints=points)["keypoints"]
        assert centers == [[59.0, 0.0], [49.0, 20.0], [0.0, 39.0]]

    def test_centers_find_their_pixel(self):
        spot = np.zeros((HEIGHT, WIDTH), np.uint8)
        spot[7, 11] = 255
        settings = {"keypoints_at": "centers"}
        for step in (FLIP, image.Rotate90(turns=1), image.Transpose(), image.CenterCrop((30, 50))):
            made = run(step, settings=settings, image=spot, keypoints=[[11, 7]])
            x, y = made["keypoints"][0]
            assert made["image"][int(y), int(x)] == 255
            assert (x, y) == (int(x), int(y))

    def test_outside_is_dropped_or_kept(self):
        points = [[10.0, 5.0], [40.0, 5.0], [30.0, 5.0], [30.1, 5.0]]
        made = run(SHIFT, keypoints=points, keypoint_labels=list("abcd"))
        assert made["keypoints"] == [[40.0, 5.0], [60.0, 5.0]]
        assert made["keypoint_labels"] == ["a", "c"]
        kept = run(
            SHIFT, settings={"keep_outside": True}, keypoints=points, keypoint_labels=list("abcd")
        )
        assert np.array(kept["keypoints"])[:, 0] == pytest.approx([40, 70, 60, 60.1])
        assert kept["keypoint_labels"] == list("abcd")

    def test_outside_from_the_start(self):
        points = [[10.0, 5.0], [-1.0, 5.0], [10.0, 41.0]]
        made = run(NEVER, keypoints=points, keypoint_labels=["a", "b", "c"])
        assert made["keypoints"] == points[:1]
        assert made["keypoint_labels"] == ["a"]
        assert run(NEVER, settings={"keep_outside": True}, keypoints=points)["keypoints"] == points

    def test_further_columns_are_carried_along(self):
        points = [[10.0, 5.0, 0.25, 7.0], [40.0, 5.0, 0.5, 8.0]]
        assert flipped(keypoints=points)["keypoints"] == [
            [50.0, 5.0, 0.25, 7.0],
            [20.0, 5.0, 0.5, 8.0],
        ]
        assert run(SHIFT, keypoints=points)["keypoints"] == [[40.0, 5.0, 0.25, 7.0]]

    def test_per_instance_with_visibility(self):
        """(N, K, 3) as COCO's: what leaves is not dropped but marked as not labelled."""
        points = np.array([[[10, 5, 2], [40, 5, 2]], [[12, 6, 1], [14, 6, 0]]], np.float32)
        made = run(
            SHIFT, keypoints=points, boxes=[[5, 0, 45, 10], [10, 0, 20, 10]], labels=["a", "b"]
        )
        assert made["keypoints"].dtype == np.float32
        assert made["keypoints"].tolist() == [
            [[40, 5, 2], [70, 5, 0]],
            [[42, 6, 1], [44, 6, 0]],
        ]

    def test_per_instance_rows_go_with_their_boxes(self):
        points = [[[10, 5], [12, 5]], [[50, 5], [52, 5]]]
        made = run(
            SHIFT, keypoints=points, boxes=[[5, 0, 15, 10], [45, 0, 55, 10]], labels=["a", "b"]
        )
        assert made["labels"] == ["a"]
        assert made["keypoints"] == [[[40, 5], [42, 5]]]

    def test_per_instance_unmoved_bit_for_bit(self):
        points = GENERATOR.uniform(-20, 80, (3, 5, 3))
        made = run(NEVER, settings={"keypoints_at": "centers"}, keypoints=points)["keypoints"]
        assert made.tobytes() == points.tobytes()

    @pytest.mark.parametrize("step", [NEVER, FLIP])
    def test_containers_and_dtypes(self, step):
        for given, kind in (([[1, 2]], list), ([(1, 2)], list), (((1, 2),), tuple)):
            made = run(step, keypoints=given)["keypoints"]
            assert isinstance(made, kind)
            assert type(made[0][0]) is float
        for dtype, back in ((np.float32, np.float32), (np.int32, np.float64)):
            made = run(step, keypoints=np.array([[1, 2]], dtype))["keypoints"]
            assert made.dtype == back

    @pytest.mark.parametrize("empty", [[], (), np.zeros((0, 2)), np.zeros((0, 3), np.float32)])
    def test_empty(self, empty):
        for step in (NEVER, FLIP, image.Rotate(degrees=20), image.ElasticTransform()):
            made = run(step, keypoints=empty, keypoint_labels=[])
            assert len(made["keypoints"]) == 0
            assert isinstance(made["keypoints"], type(empty))
            assert made["keypoint_labels"] == []
            if isinstance(empty, np.ndarray):
                assert (made["keypoints"].shape, made["keypoints"].dtype) == (
                    empty.shape,
                    empty.dtype,
                )

    @pytest.mark.parametrize(
        ("named", "said"),
        [
            (
                {"keypoints": [1, 2]},
                r"keypoints must have shape \(K, 2\) or \(N, K, 2\), got \(2,\)",
            ),
            ({"keypoints": [[1], [2]]}, r"got \(2, 1\)"),
            ({"keypoints": [[1, 2], [3]]}, "keypoints must be numbers"),
            ({"keypoints": [["a", 2]]}, "keypoints must be numbers"),
            ({"keypoints": [[1, np.nan]]}, r"keypoints\[0\] has a value that is not finite"),
            (
                {"keypoints": [[1, 2]], "keypoint_labels": []},
                "has 0 rows, but there are 1 keypoints",
            ),
            ({"keypoint_labels": [1]}, "has 1 rows, but there are 0 keypoints"),
        ],
    )
    def test_bad_ones(self, named, said):
        with pytest.raises(ValueError, match=said):
            flipped(**named)


class TestLabels:
    BOXES = ((0, 0, 10, 10), (40, 0, 50, 10), (5, 5, 9, 9))  # the middle one leaves with SHIFT

    @pytest.mark.parametrize(
        "labels",
        [
            ["a", "b", "c"],
            ("a", "b", "c"),
            [3, None, {"class": 1}],
            np.array([3, 1, 2]),
            np.array(["x", "y", "z"]),
            np.arange(6.0).reshape(3, 2),
        ],
        ids=str,
    )
    def test_parallel_in_any_container(self, labels):
        made = run(SHIFT, boxes=self.BOXES, labels=labels)["labels"]
        assert type(made) is type(labels)
        expected = [labels[0], labels[2]]
        if isinstance(labels, np.ndarray):
            assert made.dtype == labels.dtype
            np.testing.assert_array_equal(made, np.array(expected))
        else:
            assert list(made) == expected

    def test_every_instance_kind_loses_the_same_rows(self):
        masks = np.zeros((3, HEIGHT, WIDTH), np.uint8)
        for row, (x0, y0, x1, y1) in enumerate(self.BOXES):
            masks[row, y0:y1, x0:x1] = row + 1
        rings = [[[x0, y0], [x1, y0], [x1, y1], [x0, y1]] for x0, y0, x1, y1 in self.BOXES]
        turned = [
            [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, 0] for x0, y0, x1, y1 in self.BOXES
        ]
        pipeline = Compose([SHIFT], targets={"ids": "labels", "more_masks": "masks"})
        made = pipeline(
            image=PICTURE,
            masks=masks,
            more_masks=list(masks),
            boxes=self.BOXES,
            rotated_boxes=turned,
            polygons=rings,
            keypoints=[[[1, 1]], [[41, 1]], [[6, 6]]],
            labels=["a", "b", "c"],
            ids=np.array([7, 8, 9]),
        )
        assert made["labels"] == ["a", "c"]
        assert made["ids"].tolist() == [7, 9]
        assert [set(np.unique(mask)) for mask in made["masks"]] == [{0, 1}, {0, 3}]
        assert len(made["more_masks"]) == len(made["rotated_boxes"]) == len(made["polygons"]) == 2
        assert [row[0][0] for row in made["keypoints"]] == [31, 36]

    def test_labels_of_the_whole_image_pass_through(self):
        one_hot = np.array([0, 1.0])
        for label in ("cat", 3, one_hot, None, {"cat": 1.0}):
            made = flipped(label=label)["label"]
            assert made is label or np.array_equal(made, label)

    def test_results_share_nothing_with_what_came_in(self):
        given = {
            "labels": ["a"],
            "boxes": [[1, 2, 3, 4]],
            "polygons": [SQUARE],
            "keypoints": [[[1, 2]]],
        }
        before = copy.deepcopy(given)
        for step in (NEVER, FLIP):
            made = run(step, **given)
            for values in (made["labels"], made["boxes"], made["polygons"], made["keypoints"]):
                values.append("more")
            made["boxes"][0][0] = 99
            made["polygons"][0].append("more")
        assert given == before

    @pytest.mark.parametrize(
        ("named", "error", "said"),
        [
            ({"boxes": [[0, 0, 1, 1]], "labels": []}, ValueError, "boxes has 1, labels has 0"),
            (
                {"boxes": [[0, 0, 1, 1]], "labels": ["a", "b"], "polygons": [SQUARE]},
                ValueError,
                "one row each: boxes has 1, labels has 2, polygons has 1",
            ),
            ({"masks": np.zeros((2, HEIGHT, WIDTH)), "labels": [1]}, ValueError, "masks has 2"),
            (
                {"keypoints": np.zeros((2, 3, 2)), "boxes": [[0, 0, 1, 1]]},
                ValueError,
                "keypoints has 2",
            ),
            ({"labels": "abc", "boxes": [[0, 0, 1, 1]] * 3}, TypeError, "labels must be a list"),
            ({"labels": 3}, TypeError, "labels must be a list"),
            ({"labels": iter([1])}, TypeError, "labels must be a list"),
        ],
    )
    def test_unequal_rows(self, named, error, said):
        with pytest.raises(error, match=said):
            flipped(**named)


class TestExtraTargets:
    def test_one_of_each_kind_of_pixels(self):
        depth = (PICTURE[..., 0] / 255).astype(np.float32)
        targets = {"right": "image", "depth": "map", "left_mask": "mask", "parts": "masks"}
        steps = [image.Rotate(degrees=10), image.Brightness(factor=0.5), image.HorizontalFlip()]
        made = Compose(steps, targets=targets)(
            image=PICTURE,
            right=PICTURE,
            depth=depth,
            left_mask=PICTURE[..., 0],
            parts=[PICTURE[..., 1]],
            mask=PICTURE[..., 0],
        )
        np.testing.assert_array_equal(made["right"], made["image"])
        np.testing.assert_array_equal(made["left_mask"], made["mask"])
        moved = Compose([steps[0], steps[2]])(depth)
        np.testing.assert_array_equal(made["depth"], moved)  # moved, never colored
        assert isinstance(made["parts"], list)

    def test_one_of_each_kind_of_labels(self):
        targets = {
            "objects": "boxes",
            "tilted": "rotated_boxes",
            "outlines": "polygons",
            "joints": "keypoints",
            "names": "labels",
            "scores": "labels",
            "joint_names": "keypoint_labels",
            "weather": "label",
        }
        made = Compose([SHIFT], targets=targets)(
            image=PICTURE,
            objects=[[0, 0, 10, 10], [40, 0, 50, 10]],
            tilted=[[5, 5, 10, 10, 0], [45, 5, 10, 10, 0]],
            outlines=[SQUARE, SQUARE],
            joints=[[1, 1], [41, 1]],
            names=["a", "b"],
            scores=np.array([0.5, 0.25]),
            joint_names=["x", "y"],
            weather="sun",
        )
        assert list(made) == ["image", *targets]
        assert made["objects"] == [[30, 0, 40, 10]]
        assert len(made["tilted"]) == len(made["outlines"]) == 1
        assert made["joints"] == [[31, 1]]
        assert (made["names"], made["scores"].tolist()) == (["a"], [0.5])
        assert (made["joint_names"], made["weather"]) == (["x"], "sun")

    def test_an_image_by_another_name(self):
        made = Compose([FLIP], targets={"photo": "image"})(photo=PICTURE, mask=PICTURE[..., 0])
        assert list(made) == ["photo", "mask"]
        np.testing.assert_array_equal(made["photo"], PICTURE[:, ::-1])

    def test_every_name_of_a_kind_is_known_without_being_declared(self):
        assert {"image", "mask", "boxes", "labels", "label"} <= set(KINDS)

    def test_images_of_other_channels_and_dtypes(self):
        infrared = (PICTURE[..., 0].astype(np.uint16)) * 257
        targets = {"infrared": "image", "float": "image"}
        named = {"infrared": infrared, "float": (PICTURE / 255).astype(np.float32)}
        made = Compose([image.Rotate(degrees=15)], targets=targets)(image=PICTURE, **named)
        for name, given in named.items():
            assert (made[name].dtype, made[name].shape) == (given.dtype, given.shape)
            np.testing.assert_array_equal(made[name], image.Rotate(degrees=15)(given))

    @pytest.mark.parametrize(
        "step",
        [
            image.Brightness(factor=0.5),
            image.Rotate(degrees=15),
            image.GaussianBlur(sigma=1),
            image.Posterize(bits=3),
        ],
    )
    def test_further_images_have_alpha_of_their_own(self, step):
        opacity = np.tile(np.arange(WIDTH, dtype=np.uint8) * 4, (HEIGHT, 1))
        overlay = Image.fromarray(np.dstack([PICTURE, opacity]))
        made = Compose([step], targets={"overlay": "image"})(image=PICTURE, overlay=overlay)
        assert made["overlay"].mode == "RGBA"
        np.testing.assert_array_equal(made["overlay"], step(overlay))
        np.testing.assert_array_equal(made["image"], step(PICTURE))

    def test_noise_leaves_the_alpha_of_further_images(self):
        overlay = Image.fromarray(np.dstack([PICTURE, PICTURE[..., 0]]))
        noisy = Compose([image.GaussianNoise(std=0.1)], targets={"overlay": "image"}, seed=1)
        made = np.asarray(noisy(image=PICTURE, overlay=overlay)["overlay"])
        np.testing.assert_array_equal(made[..., 3], PICTURE[..., 0])
        assert (made[..., :3] != PICTURE).mean() > 0.9

    def test_alpha_of_further_arrays_by_the_setting(self):
        rgba = np.dstack([PICTURE, PICTURE[..., 0]])
        named = {"image": rgba, "right": rgba, "plain": PICTURE}
        targets = {"right": "image", "plain": "image"}
        darker = Compose([image.Brightness(factor=0.5)], targets=targets, channels="rgba")
        made = darker(**named)
        np.testing.assert_array_equal(made["right"], made["image"])
        np.testing.assert_array_equal(made["plain"], made["image"][..., :3])

    def test_partners_bring_further_images_of_their_own_mode(self):
        overlay = Image.fromarray(np.dstack([PICTURE, PICTURE[..., 0]]))
        mix = Compose([image.CutMix(weight=1)], targets={"overlay": "image"}, seed=3)
        partner = {"image": PICTURE, "overlay": PICTURE}
        made = np.asarray(mix(image=PICTURE, overlay=overlay, partners=[partner])["overlay"])
        assert made.shape == (HEIGHT, WIDTH, 4)
        pasted = made[..., 3] == 255  # the partner's overlay is opaque
        assert pasted.mean() > 0.3
        np.testing.assert_array_equal(made[..., :3][pasted], PICTURE[pasted])

    @pytest.mark.parametrize(
        ("targets", "named", "said"),
        [
            ({}, {"bbox": []}, r"unknown name 'bbox'.*did you mean 'boxes'.*Compose\(targets="),
            ({}, {"imge": PICTURE}, "did you mean 'image'"),
            ({"b": "boxes"}, {"b": [], "boxes": []}, "one boxes, got b and boxes"),
            (
                {"a": "keypoints", "b": "keypoints"},
                {"a": [], "b": []},
                "one keypoints, got a and b",
            ),
            ({"depth": "map"}, {"depth": np.zeros((4, 4), np.uint8)}, "depth is 4 x 4 pixels"),
            ({"right": "image"}, {"right": PICTURE[:-1]}, "right is 60 x 39 pixels"),
        ],
    )
    def test_refused(self, targets, named, said):
        with pytest.raises((ValueError, TypeError), match=said):
            Compose([FLIP], targets=targets)(image=PICTURE, **named)

    def test_an_image_is_needed(self):
        with pytest.raises(ValueError, match="an image is needed, got only mask"):
            FLIP(mask=PICTURE[..., 0])


def everything():
    return {
        "image": PICTURE.copy(),
        "mask": PICTURE[..., 0].copy(),
        "masks": [PICTURE[..., 1].copy(), PICTURE[..., 2].copy()],
        "boxes": np.array([[1.0, 2, 30, 40], [5, 6, 7, 8]]),
        "rotated_boxes": [[20.0, 20, 10, 6, 15], [30, 30, 4, 4, 0]],
        "polygons": [[np.array(SQUARE), np.array(HOLE)], [np.array(HOLE)]],
        "keypoints": np.array([[[1.0, 2, 2], [50, 30, 1]], [[3, 4, 2], [5, 6, 0]]]),
        "labels": ["a", "b"],
        "label": {"cat": 1.0},
    }


STEPS = (
    image.HorizontalFlip(),
    image.Rotate(degrees=25),
    image.Perspective(scale=0.1),
    image.ElasticTransform(displacement=0.04),
    image.CenterCrop((30, 40)),
    image.Resize((50, 70)),
    image.ColorJitter(),
    image.GaussianNoise(),
    image.CoarseDropout(),
)


class TestEverythingTogether:
    def frozen(self):
        """The same, and nothing in it can be written to."""
        named = everything()
        for value in (*named.values(), *named["masks"], *(r for p in named["polygons"] for r in p)):
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
        return named

    @pytest.mark.parametrize("fuse", [True, False])
    @pytest.mark.parametrize("step", [*STEPS, NEVER, Compose(STEPS)], ids=repr)
    def test_inputs_are_left_alone_and_forms_kept(self, step, fuse):
        named, before = self.frozen(), everything()
        made = Compose([step], seed=1, fuse=fuse)(named, key=0)
        assert str(named) == str(before)
        np.testing.assert_array_equal(named["image"], before["image"])
        assert list(made) == list(named)
        for name, value in made.items():
            assert type(value) is type(named[name]), name
        for name in ("image", "mask", "boxes", "keypoints"):
            assert made[name].dtype == named[name].dtype
            assert made[name].flags.writeable
            assert made[name].flags.c_contiguous
            assert not np.shares_memory(made[name], named[name])
        rows = len(made["labels"])
        for name in ("masks", "boxes", "rotated_boxes", "polygons", "keypoints"):
            assert len(made[name]) == rows, name
        assert made["mask"].shape == made["image"].shape[:2]

    def test_empty_everything(self):
        empty = {
            "mask": np.zeros((HEIGHT, WIDTH), np.uint8),
            "masks": [],
            "boxes": [],
            "rotated_boxes": [],
            "polygons": [],
            "keypoints": [],
            "keypoint_labels": [],
            "labels": [],
        }
        for step in (*STEPS, NEVER, Compose(STEPS)):
            made = run(step, **empty)
            for name in empty:
                if name != "mask":
                    assert made[name] == [], name

    def test_fused_and_stepwise_labels_agree_where_nothing_is_cut(self):
        steps = [
            image.HorizontalFlip(),
            image.Rotate90(turns=1),
            image.Resize((80, 50)),
            image.Transpose(),
        ]
        fused, stepwise = (Compose(steps, fuse=fuse)(everything()) for fuse in (True, False))
        for name in ("boxes", "rotated_boxes", "keypoints"):
            np.testing.assert_allclose(fused[name], stepwise[name], atol=1e-9)
        np.testing.assert_array_equal(fused["mask"], stepwise["mask"])

    def test_a_changed_fill_cuts_labels_as_it_cuts_pixels(self):
        """What the first shift moved out is fill from then on, for the labels as well."""
        steps = [
            image.Translate(pixels={"x": 20, "y": 0}, fill=1),
            image.Translate(pixels={"x": -20, "y": 0}, fill=2),
        ]
        ones = np.ones((HEIGHT, WIDTH), np.uint8)
        named = {"mask": ones, "boxes": [[50, 0, 60, 9], [30, 0, 50, 10]], "labels": ["a", "b"]}
        made = run(*steps, **named)
        stepwise = run(*steps, settings={"fuse": False}, **named)
        for result in (made, stepwise):
            assert not result["mask"][:, 40:].any()
            assert result["labels"] == ["b"]
            np.testing.assert_allclose(result["boxes"], [[30, 0, 40, 10]])
