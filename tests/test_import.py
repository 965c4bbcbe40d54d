"""What is imported when: nothing heavy before it is used."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"numpy", "numba", "llvmlite", "scipy", "PIL", "yaml", "stringzilla", "simplejpeg", "tqdm"}
PARTS = ("torch", "tensorflow", "cv2", "librosa", "nltk", "dask", "ray")


def imported_by(code: str, *arguments: str) -> set[str]:
    """The top-level modules in memory after ``code`` has run in a process of its own."""
    program = (
        f"import json, sys\nsys.argv[1:] = {list(arguments)!r}\n{code}\n"
        "sys.stderr.write(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stderr))


def test_import_augkit():
    found = imported_by("import augkit")
    assert "augkit" in found
    assert not found & HEAVY
    assert not found & {"click", "asyncio", "multiprocessing", "concurrent", *PARTS}


@pytest.mark.parametrize(
    "code",
    [
        "from augkit import Compose, OneOf, SomeOf, RandomOrder, Recipe, Transform",
        "import augkit; dir(augkit); augkit.__version__",
        "from augkit import image; dir(image); image.TRANSFORMS",
    ],
)
def test_names_of_the_public_face(code):
    assert not imported_by(code) & (HEAVY | set(PARTS))


def test_constructing_and_reading_a_spec_needs_no_kernels():
    code = (
        "from augkit import Compose, image\n"
        "steps = [getattr(image, name)() for name in image.TRANSFORMS if name != 'Normalize']\n"
        "Compose.from_dict(Compose([*steps, image.Normalize()], seed=1).to_dict())"
    )
    assert not imported_by(code) & {"numba", "llvmlite", "scipy", "PIL", *PARTS}


def test_an_image_needs_no_more_than_its_kernels():
    code = (
        "import numpy, augkit\n"
        "augkit.image.Rotate(degrees=10)(numpy.zeros((8, 8, 3), numpy.uint8), key=0)"
    )
    # (Numba brings yaml, and scipy where it finds it.)
    assert not imported_by(code) & {"PIL", "click", "tqdm", *PARTS}


def test_help():
    code = (
        "from augkit.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    )
    found = imported_by(code, "--help")
    assert "click" in found
    assert not found & HEAVY
    assert not found & set(PARTS)


def test_every_public_name_is_there():
    import augkit
    from augkit import image

    for module in (augkit, image):
        assert sorted(set(module.__all__)) == sorted(module.__all__)
        for name in module.__all__:
            assert getattr(module, name) is not None
        assert set(module.__all__) <= set(dir(module))


def test_an_unknown_name_says_where_it_was_looked_for():
    import augkit
    from augkit import image

    with pytest.raises(AttributeError, match=r"module 'augkit' has no attribute 'Rotate'"):
        _ = augkit.Rotate
    with pytest.raises(AttributeError, match=r"module 'augkit\.image' has no attribute 'Rotat'"):
        _ = image.Rotat
