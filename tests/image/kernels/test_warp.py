"""Warps against the definition in float64, Pillow and scipy, and what must be exact."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from augkit.image.kernels._locate import within
from augkit.image.kernels.exact import pad
from augkit.image.kernels.paint import paint_outside
from augkit.image.kernels.warp import warp
from tests.image.kernels.sampling_reference import mapped, nearest, rotation, sampled

BORDERS = ["constant", "replicate", "reflect", "reflect101", "wrap"]
DTYPES = [np.uint8, np.uint16, np.float32]
CHANNELS = [1, 2, 3, 4, 5, 64]


def picture(height, width, channels, dtype=np.uint8, seed=0):
    random = np.random.default_rng(seed)
    if dtype == np.float32:
        return random.random((height, width, channels), dtype=np.float32)
    return random.integers(0, np.iinfo(dtype).max + 1, (height, width, channels), dtype=dtype)


def assert_close(actual, expected):
    """Within a level for bytes, on average within the rounding; others within their rounding."""
    error = np.abs(actual.astype(float) - expected)
    if actual.dtype == np.uint8:
        assert error.max() < 1.0
        assert error.mean() < 0.3
    else:
        assert error.max() <= (0.51 if actual.dtype == np.uint16 else 1e-5)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize(("degrees", "zoom"), [(13, 1.0), (77, 1.7), (-130, 3.0)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_bilinear_bytes_are_the_definition(border, degrees, zoom, channels):
    image = picture(40, 53, channels)
    matrix = rotation(degrees, zoom, (40, 53), (61, 47))
    actual = warp(image, matrix, (61, 47), border=border, fill=90)
    assert_close(actual, sampled(image, mapped(matrix, (61, 47)), border=border, fill=90))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", CHANNELS)
def test_bilinear_of_every_dtype_and_channel_count(dtype, channels):
    image = picture(23, 31, channels, dtype)
    matrix = rotation(31, 1.2, (23, 31), (29, 26))
    fill = np.linspace(0, 1 if dtype == np.float32 else 200, channels)
    fill = fill if dtype == np.float32 else np.rint(fill)
    actual = warp(image, matrix, (29, 26), fill=fill.tolist())
    assert actual.dtype == dtype
    assert_close(actual, sampled(image, mapped(matrix, (29, 26)), fill=fill))


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_cubic_is_the_definition(border, dtype):
    image = picture(20, 27, 3, dtype)
    matrix = rotation(-20, 1.4, (20, 27), (30, 30))
    top = 1.0 if dtype == np.float32 else np.iinfo(dtype).max
    expected = sampled(image, mapped(matrix, (30, 30)), "cubic", border, 0.25 * top)
    if dtype != np.float32:
        expected = np.clip(expected, 0, top)
    actual = warp(image, matrix, (30, 30), interpolation="cubic", border=border, fill=0.25 * top)
    assert np.abs(actual.astype(float) - expected).max() <= (1e-5 if dtype == np.float32 else 0.95)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("zoom", [0.95, 0.72, 0.66, 0.5, 0.36])
def test_shrinking_widens_the_triangle(border, channels, zoom):
    """To the variance of the box that an output pixel covers, r**2 / 12; a triangle's is a**2 / 6."""
    image = picture(48, 64, channels)
    matrix = rotation(25, zoom, (48, 64), (40, 40))
    actual = warp(image, matrix, (40, 40), border=border, fill=200)
    radius = max(1.0, np.sqrt(6 * (1 / zoom) ** 2 / 12))
    expected = sampled(
        image, mapped(matrix, (40, 40)), border=border, fill=200, radii=(radius, radius)
    )
    assert_close(actual, expected)


@pytest.mark.parametrize("zoom", [0.7, 0.51])
def test_shrinking_widens_the_cubic_filter_as_pillow_does(zoom):
    image = picture(48, 64, 3, np.float32)
    matrix = rotation(25, zoom, (48, 64), (40, 40))
    actual = warp(image, matrix, (40, 40), interpolation="cubic", border="replicate")
    expected = sampled(
        image, mapped(matrix, (40, 40)), "cubic", border="replicate", radii=(1 / zoom, 1 / zoom)
    )
    assert_close(actual, expected)


@pytest.mark.parametrize("zoom", [0.95, 0.7, 0.5, 0.3])
def test_shrinking_is_close_to_the_mean_of_what_a_pixel_covers(zoom):
    """Nearer to it than plain interpolation, and than the filter of twice that variance (Pillow's)."""
    fine = ndimage.gaussian_filter(picture(480, 480, 1, np.float32)[..., 0], 3)
    source = fine.reshape(120, 4, 120, 4).mean(axis=(1, 3))
    size = (24, 24)
    matrix = rotation(25, zoom, (120, 120), size)
    parts = (np.arange(24 * 8) + 0.5) / 8
    points = np.stack(np.meshgrid(parts, parts), axis=-1)
    seen = (points @ matrix[:2, :2].T + matrix[:2, 2]) * 4 - 0.5
    covered = ndimage.map_coordinates(fine, (seen[..., 1], seen[..., 0]), order=1)
    covered = covered.reshape(24, 8, 24, 8).mean(axis=(1, 3))

    def error(image):
        return float(np.sqrt(np.mean((image - covered) ** 2)))

    ours = error(warp(source, matrix, size))
    pillow = error(sampled(source[..., None], mapped(matrix, size), radii=(1 / zoom,) * 2)[..., 0])
    assert ours < pillow
    assert ours <= error(warp(source, matrix, size, antialias=False))


def test_shrinking_along_one_axis_leaves_the_other_sharp():
    image = picture(30, 60, 3)
    matrix = np.diag([1.6, 1.0, 1.0])
    radii = (1.6 / np.sqrt(2), 1.0)
    expected = sampled(image, mapped(matrix, (30, 37)), radii=radii, border="replicate")
    assert_close(warp(image, matrix, (30, 37), border="replicate"), expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("border", ["constant", "replicate", "reflect"])
@pytest.mark.parametrize("zoom", [0.3, 0.12])
def test_shrinking_much_starts_from_means(dtype, border, zoom):
    image = picture(128, 160, 3, dtype)
    size = (20, 24)
    matrix = rotation(10, zoom, (128, 160), size)
    radius = 1 / zoom / np.sqrt(2)
    block = 2 ** int(np.ceil(np.log2(radius / 2)))
    means = (
        image.astype(float).reshape(128 // block, block, 160 // block, block, 3).mean(axis=(1, 3))
    )
    points = mapped(matrix, size) / block
    radius /= block
    # The constant border starts where the image ends; the others see means as if they were pixels.
    expected = sampled(means, points, border=border, fill=0, radii=(radius, radius))
    error = np.abs(warp(image, matrix, size, border=border).astype(float) - expected)
    if border == "replicate":  # replicates pixels, not means
        error = error[5:-5, 5:-5]
    assert error.max() < (1.01 if dtype == np.uint8 else 1e-5)


def test_antialiasing_fades_in_continuously():
    image = picture(64, 64, 3)
    plain = warp(image, rotation(20, 1.0, (64, 64), (64, 64)), (64, 64)).astype(int)
    hardly = warp(image, rotation(20, 1 / 1.001, (64, 64), (64, 64)), (64, 64)).astype(int)
    assert np.abs(plain - hardly).max() <= 12
    around = [
        warp(image, rotation(20, 1 / r, (64, 64), (24, 24)), (24, 24), border="reflect").astype(int)
        for r in (2 * np.sqrt(2) - 0.0001, 2 * np.sqrt(2) + 0.0001)
    ]
    assert np.abs(around[0] - around[1]).mean() < 12


def test_antialias_can_be_off():
    image = picture(64, 64, 1)
    matrix = rotation(20, 0.3, (64, 64), (15, 15))
    actual = warp(image, matrix, (15, 15), antialias=False)
    assert_close(actual, sampled(image, mapped(matrix, (15, 15))))


def test_scipy_agrees():
    image = picture(40, 50, 1, np.float32)
    matrix = rotation(13, 1.5, (40, 50), (44, 44))
    points = mapped(matrix, (44, 44)) - 0.5
    ours = warp(image, matrix, (44, 44), border="replicate")[:, :, 0]
    expected = ndimage.map_coordinates(
        image[:, :, 0], [points[..., 1], points[..., 0]], order=1, mode="nearest"
    )
    np.testing.assert_allclose(ours, expected, atol=1e-5)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.bool_, np.int64, np.int8])
def test_nearest_picks_the_pixel_that_contains_the_point(border, dtype):
    image = picture(17, 23, 3, np.uint16).astype(dtype)
    matrix = rotation(33.7, 1.3, (17, 23), (31, 29))
    actual = warp(image, matrix, (31, 29), interpolation="nearest", border=border, fill=1)
    np.testing.assert_array_equal(actual, nearest(image, mapped(matrix, (31, 29)), border, 1))


@pytest.mark.parametrize("channels", CHANNELS)
def test_nearest_of_every_channel_count(channels):
    image = picture(17, 23, channels, np.float32)
    matrix = rotation(-71.3, 0.8, (17, 23), (31, 29))
    actual = warp(image, matrix, (31, 29), interpolation="nearest", fill=0.5)
    np.testing.assert_array_equal(actual, nearest(image, mapped(matrix, (31, 29)), fill=0.5))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64])
@pytest.mark.parametrize(
    "box",
    [(0, 0, 0, 0), (0, 0, 37, 41), (0, 40, 37, 41), (36, 0, 37, 41), (9, 3, 10, 4), (5, 8, 30, 33)],
)
def test_nearest_of_what_is_mostly_fill(dtype, box):
    top, left, bottom, right = box
    for fill in (0, 255, 7):
        for channels in (1, 3):
            image = np.full((37, 41, channels), fill, dtype)
            image[top:bottom, left:right] = picture(bottom - top, right - left, channels)
            for degrees, zoom in ((13, 1.0), (-160, 0.4), (90, 2.0)):
                matrix = rotation(degrees, zoom, (37, 41), (31, 29))
                actual = warp(image, matrix, (31, 29), interpolation="nearest", fill=fill)
                expected = nearest(image, mapped(matrix, (31, 29)), fill=fill)
                np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("interpolation", ["nearest", "linear"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_perspective(interpolation, dtype):
    image = picture(50, 60, 3, dtype)
    matrix = rotation(10, 1.6, (50, 60), (64, 64))
    matrix[2] = [1.23e-3, -0.71e-3, 1.0]
    points = mapped(matrix, (64, 64))
    actual = warp(image, matrix, (64, 64), interpolation=interpolation, antialias=False, fill=0)
    if interpolation == "nearest":
        np.testing.assert_array_equal(actual, nearest(image, points))
    else:
        assert_close(actual, sampled(image, points))


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("scale", [1.0, -2.0])
def test_behind_the_horizon_is_fill(border, scale):
    matrix = np.array([[1, 0, 0], [0, 1, 0], [0.05, 0, -0.1]]) * scale
    image = np.full((20, 20, 3), 200, np.uint8)
    actual = warp(image, matrix, (20, 20), border=border, fill=7)
    assert (actual[:, :2] == 7).all()
    assert border == "constant" or (actual[:, 3:] == 200).all()


@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("span", [(-7, -2), (40, 52), (20, 10), (-9, 0), (23, 23)])
def test_spans_beside_the_picture_or_reversed_are_empty(interpolation, channels, span):
    around = np.full((3, 33, 37, channels), 123, np.uint8)
    warp(
        picture(30, 40, channels),
        rotation(100, 0.2, (30, 40), (33, 37)),
        (33, 37),
        interpolation=interpolation,
        spans=np.full((33, 2), span, np.int32),
        out=around[1],
    )
    assert (around == 123).all()


@pytest.mark.parametrize("span", [(-7, -2), (40, 52), (20, 10)])
def test_all_is_outside_of_an_empty_span(span):
    around = np.zeros((3, 5, 37, 2), np.uint8)
    paint_outside(around[1], np.full((5, 2), span, np.int32), np.array([7, 8], np.uint8))
    assert (around[1] == (7, 8)).all()
    assert not around[::2].any()


@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_identity_and_whole_shifts_are_exact(interpolation, border, dtype, channels):
    image = picture(19, 22, channels, dtype)
    same = warp(image, np.eye(3), (19, 22), interpolation=interpolation, border=border)
    np.testing.assert_array_equal(same, image)
    shift = np.array([[1, 0, 5], [0, 1, -4], [0, 0, 1.0]])
    moved = warp(image, shift, (19, 22), interpolation=interpolation, border="constant")
    np.testing.assert_array_equal(moved[4:, :-5], image[:-4, 5:])
    assert not moved[:4].any()


@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_quarter_turns_and_flips_are_exact(interpolation, dtype):
    image = picture(24, 24, 3, dtype)
    turn = np.array([[0, -1, 24], [1, 0, 0], [0, 0, 1.0]])
    flip = np.array([[-1, 0, 24], [0, 1, 0], [0, 0, 1.0]])
    options = {"interpolation": interpolation}
    np.testing.assert_array_equal(warp(image, turn, (24, 24), **options), np.rot90(image, 1))
    np.testing.assert_array_equal(warp(image, flip, (24, 24), **options), image[:, ::-1])


def test_a_symmetric_picture_stays_symmetric():
    quarter = picture(32, 32, 3)
    top = np.concatenate([quarter, np.rot90(quarter, 3)], axis=1)
    image = np.concatenate([top, np.rot90(top, 2)], axis=0)
    np.testing.assert_array_equal(image, np.rot90(image))
    for degrees in (7, 45, 133):
        for zoom in (1.0, 1.3, 0.7):
            turned = warp(image, rotation(degrees, zoom, (64, 64), (64, 64)), (64, 64)).astype(int)
            assert np.abs(turned - np.rot90(turned)).max() <= 1


def test_transparent_colors_do_not_bleed():
    image = np.zeros((8, 8, 4), np.uint8)
    image[:, :4] = (255, 0, 0, 0)
    image[:, 4:] = (0, 0, 255, 255)
    for dtype in DTYPES:
        scale = {np.uint8: 1, np.uint16: 257, np.float32: 1 / 255}[dtype]
        top = 255 * scale
        half = np.array([[1, 0, 0.5], [0, 1, 0], [0, 0, 1.0]])
        moved = warp((image * float(scale)).astype(dtype), half, (8, 8), alpha=True)
        seen = moved[..., 3] > 0
        assert not moved[..., 0].any()
        np.testing.assert_allclose(moved[seen][:, 2], top, rtol=1e-6)
        np.testing.assert_allclose(moved[:, 3, 3], top / 2, atol=0.5 * (dtype != np.float32) + 1e-6)


def test_opaque_alpha_changes_nothing():
    image = picture(30, 30, 4)
    image[..., 3] = 255
    matrix = rotation(13, 0.8, (30, 30), (30, 30))
    plain = warp(image, matrix, (30, 30), border="reflect").astype(int)
    alpha = warp(image, matrix, (30, 30), border="reflect", alpha=True).astype(int)
    assert np.abs(plain - alpha).max() <= 1


@pytest.mark.parametrize(
    "options", [{}, {"alpha": True}, {"interpolation": "nearest"}, {"interpolation": "cubic"}]
)
@pytest.mark.parametrize("zoom", [0.2, 0.7, 1.0])
def test_spans_leave_the_rest_alone(options, zoom):
    image = picture(30, 40, 4)
    matrix = rotation(13, zoom, (30, 40), (33, 37))
    random = np.random.default_rng(1)
    spans = np.sort(random.integers(0, 38, (33, 2)), axis=1).astype(np.int32)
    spans[5], spans[6], spans[7] = (0, 0), (0, 37), (-3, 90)
    out = np.full((33, 37, 4), 123, np.uint8)
    result = warp(image, matrix, (33, 37), spans=spans, out=out, **options)
    assert result is out
    columns = np.arange(37)
    inside = ((columns >= spans[:, :1]) & (columns < spans[:, 1:]))[:, :, None]
    full = warp(image, matrix, (33, 37), **options)
    np.testing.assert_array_equal(result, np.where(inside, full, 123))


@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 7, 3), (7, 1, 3), (2, 2, 3), (1, 1), (3, 2, 1)])
def test_tiny_sources(interpolation, border, shape):
    image = np.full(shape, 90, np.uint8)
    matrix = rotation(30, 1.5, shape[:2], (9, 11))
    actual = warp(image, matrix, (9, 11), interpolation=interpolation, border=border, fill=90)
    assert actual.shape == (9, 11, *shape[2:])
    assert (actual == 90).all()
    tiny = warp(
        image, np.diag([9.0, 9.0, 1.0]), (1, 1), interpolation=interpolation, border=border, fill=90
    )
    assert (tiny == 90).all()


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(("zoom", "horizon"), [(0.6, 0.0), (1.0, 0.0), (1.0, 0.004)])
def test_many_images_away(border, channels, zoom, horizon):
    """Borders repeat for ever; also where there is less than a vector of pixels to repeat."""
    fill = [200, 3, 77, 9][:channels]
    for shape in ((1, 1), (1, 5), (6, 1), (2, 3), (17, 9)):
        image = picture(*shape, channels)
        matrix = rotation(25, zoom, shape, (30, 45))
        matrix[2, :2] = horizon
        matrix /= (matrix @ (22.5, 15, 1))[2]
        actual = warp(image, matrix, (30, 45), border=border, fill=fill, antialias=zoom < 1)
        radius = max(1.0, 1 / zoom / np.sqrt(2))
        points = mapped(matrix, (30, 45))
        assert_close(actual, sampled(image, points, "linear", border, fill, (radius, radius)))


@pytest.mark.parametrize("value", [0, 1, 127, 128, 254, 255])
def test_flat_stays_flat(value):
    image = np.full((40, 40, 3), value, np.uint8)
    for zoom in (0.1, 0.37, 0.6, 0.99, 1.0, 2.3):
        assert (
            warp(image, rotation(17, zoom, (40, 40), (30, 30)), (30, 30), fill=value) == value
        ).all()


def test_strided_and_read_only_sources():
    image = picture(40, 50, 3)
    matrix = rotation(13, 0.9, (20, 25), (30, 30))
    for view in (
        image[::2, ::2],
        image[:20, 25:][:, ::-1],
        image[:20, :25, ::-1],
        np.asfortranarray(image[:20, :25]),
    ):
        np.testing.assert_array_equal(
            warp(view, matrix, (30, 30)), warp(view.copy(), matrix, (30, 30))
        )
    locked = image.copy()
    locked.flags.writeable = False
    np.testing.assert_array_equal(warp(locked, matrix, (30, 30)), warp(image, matrix, (30, 30)))
    np.testing.assert_array_equal(locked, image)


def test_gray_without_a_channel_axis():
    image = picture(20, 20, 1)
    matrix = rotation(13, 0.9, (20, 20), (30, 30))
    flat = warp(image[:, :, 0], matrix, (30, 30), fill=5)
    assert flat.shape == (30, 30)
    np.testing.assert_array_equal(flat, warp(image, matrix, (30, 30), fill=5)[:, :, 0])


def test_rows_longer_than_a_block():
    image = picture(6, 1500, 3)
    matrix = rotation(0.1, 1.1, (6, 1500), (6, 1700))
    assert_close(warp(image, matrix, (6, 1700)), sampled(image, mapped(matrix, (6, 1700))))


def test_far_away_is_fill():
    image = picture(10, 10, 3)
    for far in (1e5, 1e9, 1e30):
        matrix = np.array([[1, 0, far], [0, 1, 0], [0, 0, 1.0]])
        assert (warp(image, matrix, (5, 5), fill=9) == 9).all()


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("radius", [2.5, 4, 8])
def test_shrunk_with_what_lies_beside_the_image(border, radius):
    """The same as of an image that has been padded: wherever one looks, it is the right part."""
    image = ndimage.uniform_filter(picture(64, 400, 1)[..., 0], 9)
    matrix = np.array([[radius, 0, -160], [0, radius, -5], [0, 0, 1.0]])
    actual = warp(image, matrix, (8, 40), border=border)
    matrix[:2, 2] += 400, 128
    expected = warp(pad(image, (128, 128, 400, 400), border), matrix, (8, 40))
    # Blocks of pixels mirrored about the middle of one are those beside by half a block.
    assert np.abs(actual.astype(int) - expected).max() <= (20 if border == "reflect101" else 0)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("shift", [-1e4, -40, 0, 40, 1e4])
def test_shrunk_to_nothing(border, shift):
    """However much it shrinks, and wherever that is: no more memory than for a few images."""
    image = np.full((9, 13, 3), 200, np.uint8)
    for radius in (3, 30, 1e3, 1e7, 1e15):
        matrix = np.diag([radius, radius, 1.0])
        matrix[:2, 2] = shift * radius - 2.5 * radius
        found = warp(image, matrix, (5, 5), border=border, fill=0)
        if border != "constant" and radius * (abs(shift) + 3) < 1e6:
            assert (found == 200).all()
        if radius > 1e6 and border == "constant":
            assert found.max() <= 6


def test_empty_output():
    assert warp(picture(4, 4, 3), np.eye(3), (0, 5)).shape == (0, 5, 3)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"interpolation": "quintic"}, ValueError),
        ({"border": "mirror"}, ValueError),
        ({"fill": (1, 2)}, ValueError),
        ({"matrix": np.eye(2)}, ValueError),
        ({"matrix": np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0.0]])}, ValueError),
        ({"spans": np.zeros((3, 2), np.int32)}, ValueError),
        ({"out": np.zeros((3, 3, 3), np.uint8)}, ValueError),
        ({"source": np.zeros((4, 4, 3), np.int32)}, TypeError),
        ({"source": np.zeros(4, np.uint8)}, ValueError),
    ],
)
def test_errors(options, error):
    arguments = {"source": picture(4, 4, 3), "matrix": np.eye(3), "size": (4, 4), **options}
    with pytest.raises(
        error,
        match="|".join(["interpolation", "border", "fill", "matrix", "spans", "out", "image"]),
    ):
        warp(**arguments)


@pytest.mark.parametrize("step", [-(3 << 31), -5, 0, 5, 1 << 32, (7 << 30) + 1])
@pytest.mark.parametrize("at", [-(9 << 32) - 1, -1, 0, 3 << 32, (11 << 32) + 7])
def test_which_of_equal_steps_lie_within(at, step):
    for count in (1, 2, 13):
        for low, x_stop, y_stop in ((0, 5, 9), (-1, 6, 1), (0, 0, 4)):
            first, stop = within((at, step, at // 2, -step), 32, count, low, x_stop, y_stop)
            assert 0 <= first <= stop <= count
            seen = [
                low <= (at + j * step) >> 32 < x_stop and low <= (at // 2 - j * step) >> 32 < y_stop
                for j in range(count)
            ]
            assert [first <= j < stop for j in range(count)] == seen
