"""What is wrong with data, settings and files is said, with what to do; nothing is lost."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest

import regtrain as rt
from augkit import Compose, image
from regtrain.data import Folder, read_csv, read_idx, split
from regtrain.data.files import DataError
from regtrain.training import checkpoint

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((40, 5)).astype(np.float32), np.arange(40) % 3
IMAGES = RNG.integers(0, 256, (12, 6, 6, 1), dtype=np.uint8)


def mlp(**settings):
    settings = {"max_epochs": 1, "batch_size": 8, **settings}
    return rt.Trainer(rt.Sequential(rt.Dense(4), rt.ReLU(), rt.Dense(3)), **settings)


def changed(x, where, value):
    x = x.copy()
    x[where] = value
    return x


DATA = {
    "nan": (changed(X, (7, 2), np.nan), Y, ValueError, "sample 7 has NaN or infinite"),
    "infinite": (changed(X, (3, 0), np.inf), Y, ValueError, "sample 3 has NaN"),
    "label-too-great": (X, changed(Y, 4, 3), ValueError, "between 0 and 2.*sample 4 has 3"),
    "label-negative": (X, changed(Y, 4, -1), ValueError, "sample 4 has -1"),
    "label-fraction": (X, Y + 0.5, TypeError, "whole numbers from 0 to 2"),
    "label-text": (X, Y.astype(str), TypeError, "return_inverse"),
    "one-class": (X, np.ones(40, int), ValueError, "one class"),
    "count": (X, Y[:-1], ValueError, "40 samples, but 39 targets"),
    "empty": (X[:0], Y[:0], ValueError, "no sample"),
    "text": (np.array(["a"] * 40)[:, None], Y, TypeError, "features="),
    "object": (X.astype(object), Y, TypeError, "must be numbers"),
    "complex": (X.astype(complex), Y, TypeError, "must be numbers"),
    "one-number": (X[:, 0], Y, ValueError, r"x\[:, None\]"),
    "soft-labels": (X, np.full((40, 3), 0.5), ValueError, "sum to 1"),
}


@pytest.mark.parametrize("name", DATA)
def test_data(name):
    x, y, kind, words = DATA[name]
    with pytest.raises(kind, match=words):
        mlp().fit((x, y), progress=False)


KINDS = {
    "float64": lambda x: x.astype(np.float64),
    "float16": lambda x: x.astype(np.float16),
    "big-endian": lambda x: x.astype(">f4"),
    "whole": lambda x: x.astype(np.int64),
    "small": lambda x: x.astype(np.int8),
    "unsigned": lambda x: x.astype(np.uint16),
    "bool": lambda x: x > 3,
    "columns": np.asfortranarray,
    "every-second": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "read-only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    "list": lambda x: x.tolist(),
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds_of_arrays(name):
    """All are taken as the numbers they hold, whole numbers scaled by the range of their type."""
    numbers = (np.arange(200).reshape(40, 5) * 7 % 11).astype(np.float32)
    given = KINDS[name](numbers)
    plain, other = mlp(normalize=None), mlp(normalize=None)
    plain.fit(((numbers > 3).astype(np.float32) if name == "bool" else numbers, Y), progress=False)
    other.fit((given, Y), progress=False)
    np.testing.assert_array_equal(plain.model.parameters, other.model.parameters)
    np.testing.assert_array_equal(plain.outputs(numbers), other.outputs(numbers))


def test_regression_targets():
    trainer = rt.Trainer(rt.Sequential(rt.Dense(2)), loss="squared-error")
    with pytest.raises(ValueError, match="expected 2 per sample"):
        trainer.fit((X, X), progress=False)
    with pytest.raises(ValueError, match="NaN or infinite, the first in sample 1"):
        trainer.fit((X, changed(X[:, :2], 1, np.nan)), progress=False)


def test_inputs_and_targets_come_as_a_pair():
    for given in (X, (X,), [X, Y, Y]):
        with pytest.raises(
            TypeError, match=r"train must be a pair \(x, y\), .*write fit\(\(x, y\)"
        ):
            mlp().fit(given)
    with pytest.raises(TypeError, match=r"valid must be a pair .* got an array of shape \(40,\)"):
        mlp().fit((X, Y), Y)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "mse"}, "got 'mse'; mse is squared-error here"),
        ({"optimizer": "sgd"}, "got 'sgd'; sgd is gradient-descent or momentum here"),
        ({"optimizer": rt.Adam}, r"write Adam\(\), with parentheses"),
    ],
)
def test_names_that_other_libraries_have(settings, message):
    with pytest.raises(ValueError, match=message):
        mlp(**settings)


def test_validation_data_are_checked():
    for bad, words in (((X[:, :4], Y), "dense1: expected 5 per sample, got 4"),
                       ((changed(X, 2, np.nan), Y), "sample 2")):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            mlp().fit((X, Y), bad, progress=False)


def test_shapes_that_do_not_fit_name_the_layer():
    with pytest.raises(rt.ShapeError, match="conv2d1: expected images of height × width"):
        rt.Sequential(rt.Conv2D(3)).build((5,))
    with pytest.raises(rt.ShapeError, match="maxpool2d3: expected .* at least 2 pixels"):
        rt.Sequential(*(rt.MaxPool2D() for _ in range(3))).build((6, 6, 1))
    with pytest.raises(
        rt.ShapeError, match="simplernn1: expected time × features per sample, got 5"
    ):
        rt.Sequential(rt.SimpleRNN(3)).build((5,))
    trainer = mlp()
    trainer.fit((X, Y), progress=False)
    with pytest.raises(rt.ShapeError, match="dense1: expected 5 per sample, got 4"):
        trainer.predict(X[:, :4])


def test_a_batch_larger_than_the_data():
    with pytest.warns(UserWarning, match="batch_size=100 is more than the 40 samples"):
        run = mlp(batch_size=100).fit((X, Y), progress=False)
    assert run.steps == 1


def test_overlap():
    with pytest.warns(rt.OverlapWarning, match="10 of 20 validation samples"):
        mlp().fit((X[:30], Y[:30]), (X[20:], Y[20:]), progress=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mlp().fit((X[:30], Y[:30]), (X[30:], Y[30:]), progress=False)


def test_an_augmentation_that_changes_shapes():
    trainer = rt.Trainer(
        rt.Sequential(rt.Flatten(), rt.Dense(3)),
        augment=Compose([image.CenterCrop(size=(4, 4))]),
        batch_size=4,
    )
    with pytest.raises(ValueError, match="came back as 4 × 4 × 1, but the model takes 6 × 6 × 1"):
        trainer.fit((IMAGES, Y[:12]), progress=False)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_augmentation_that_fails_in_a_worker(workers):
    class Fails:
        def batch(self, xs, keys, variant, threads):
            raise RuntimeError("no such filter")

    trainer = rt.Trainer(
        rt.Sequential(rt.Flatten(), rt.Dense(3)), augment=Fails(), workers=workers, batch_size=4
    )
    with pytest.raises(RuntimeError, match="no such filter"):
        trainer.fit((IMAGES, Y[:12]), progress=False)


class Dies:
    """Kills its process: the first time, as a file shows, or without a file always."""

    def __init__(self, marker):
        self.marker = marker

    def batch(self, xs, keys, variant, threads):
        if self.marker == "":
            os._exit(9)
        if not os.path.exists(self.marker):
            open(self.marker, "w").close()
            os._exit(9)
        return xs


def test_a_worker_that_dies_once_is_replaced(tmp_path):
    def fitted(**settings):
        trainer = rt.Trainer(
            rt.Sequential(rt.Flatten(), rt.Dense(3)), batch_size=4, max_epochs=2, **settings
        )
        trainer.fit((IMAGES, Y[:12]), progress=False)
        return trainer.model.parameters

    died = fitted(augment=Dies(str(tmp_path / "died")), workers=1, processes=True)
    assert (tmp_path / "died").exists()
    np.testing.assert_array_equal(died, fitted())


def test_a_worker_that_always_dies(tmp_path):
    trainer = rt.Trainer(
        rt.Sequential(rt.Flatten(), rt.Dense(3)),
        augment=Dies(""),
        batch_size=4,
        workers=1,
        processes=True,
    )
    with pytest.raises(rt.WorkerError, match="died twice"):
        trainer.fit((IMAGES, Y[:12]), progress=False)


SETTINGS = {
    "l2": (-1, "l2 must be at least 0"),
    "batch_size": (0, "batch_size must be a whole number of at least 1 or None for all, got 0"),
    "max_epochs": (0, "max_epochs"),
    "clip": (0, "clip must be above 0"),
    "seed": (-1, "seed must be"),
    "loss": ("mse", "loss must be one of"),
    "optimizer": ("sgd", "optimizer must be one of"),
    "early_stopping": (0, "patience must be at least 1"),
    "workers": (-1, "workers must be"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings(name):
    value, words = SETTINGS[name]
    with pytest.raises(ValueError, match=words):
        mlp(**{name: value})


def test_settings_that_contradict_one_another():
    with pytest.raises(ValueError, match="both shrink the weights"):
        mlp(l2=0.1, optimizer=rt.AdamW())
    with pytest.raises(ValueError, match="leave out the Softmax"):
        rt.Trainer(rt.Sequential(rt.Dense(3), rt.Softmax()))
    with pytest.raises(ValueError, match="monitor must be one of running_loss"):
        mlp(early_stopping=rt.EarlyStopping(monitor="valid_loss")).fit((X, Y), progress=False)
    for bad in (
        lambda: rt.Dropout(1),
        lambda: rt.Dense(0),
        lambda: rt.Conv2D(3, 2),
        lambda: rt.Adam(0),
        lambda: rt.Adam(beta1=1),
        lambda: rt.BatchNorm("all"),
        lambda: rt.Dense(3, initializer="glorot"),
        lambda: rt.LeakyReLU(2),
        lambda: rt.MixUp(0),
        lambda: rt.Huber(0),
        lambda: rt.He("cauchy"),
    ):
        with pytest.raises(ValueError, match=r"must|needs"):
            bad()


# -- checkpoints -----------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "run.npz"
    mlp(max_epochs=2).fit((X, Y), checkpoint=path, progress=False)
    return path


def test_a_checkpoint_cut_short_anywhere(saved):
    data = saved.read_bytes()
    for keep in [0, 1, 100, len(data) // 2, len(data) - 1]:
        saved.write_bytes(data[:keep])
        with pytest.raises(rt.CheckpointError, match="cut short|damaged"):
            mlp().fit((X, Y), checkpoint=saved, resume=True, progress=False)


def test_a_checkpoint_with_a_changed_byte(saved):
    data = bytearray(saved.read_bytes())
    data[len(data) // 4] ^= 1
    saved.write_bytes(data)
    with pytest.raises(rt.CheckpointError):
        mlp().fit((X, Y), checkpoint=saved, resume=True, progress=False)


def test_a_checkpoint_of_another_training(saved):
    with pytest.raises(rt.CheckpointError, match=r"l2: 0.0 in the checkpoint, 0.5 here"):
        mlp(l2=0.5).fit((X, Y), checkpoint=saved, resume=True, progress=False)
    with pytest.raises(rt.CheckpointError, match="data: "):
        mlp().fit((X + 1, Y), checkpoint=saved, resume=True, progress=False)
    other = rt.Trainer(rt.Sequential(rt.Dense(7), rt.ReLU(), rt.Dense(3)))
    with pytest.raises(rt.CheckpointError, match="another model: parameters should be"):
        other.load(saved)


def test_a_checkpoint_holds_the_model(saved):
    whole = mlp(max_epochs=2)
    whole.fit((X, Y), progress=False)
    np.testing.assert_array_equal(mlp().load(saved).outputs(X), whole.outputs(X))


def test_nothing_is_pickled(saved):
    _, arrays = checkpoint.read(saved)
    assert all(array.dtype.kind in "fiu" for array in arrays.values())
    assert not list(saved.parent.glob("*.tmp"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full")
def test_disk_full(tmp_path, saved):
    before = saved.read_bytes()
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))  # a write beyond fails with EFBIG
        with pytest.warns(UserWarning, match="could not be written.*Training goes on"):
            run = mlp(max_epochs=2).fit((X, Y), checkpoint=saved, progress=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert run.epochs == 2
    assert saved.read_bytes() == before
    assert not list(tmp_path.glob(".*tmp"))


# -- files -----------------------------------------------------------------------------------


def test_idx(tmp_path):
    import gzip

    data = b"\0\0\x08\x02" + (2).to_bytes(4, "big") + (3).to_bytes(4, "big") + bytes(range(6))
    plain, zipped = tmp_path / "a", tmp_path / "a.gz"
    plain.write_bytes(data)
    zipped.write_bytes(gzip.compress(data))
    for path in (plain, zipped):
        np.testing.assert_array_equal(read_idx(path), np.arange(6).reshape(2, 3))
    for bad in (data[:-1], data[:6], b"PK", data + b"\0", gzip.compress(data)[:-9]):
        plain.write_bytes(bad)
        with pytest.raises(DataError, match=str(plain)):
            read_idx(plain)


def test_csv(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b,kind\n1,2.5,x\n3,4,y\n5,6,x\n")
    x, y, names = read_csv(path)
    np.testing.assert_array_equal(x, [[1, 2.5], [3, 4], [5, 6]])
    assert (y.tolist(), names) == ([0, 1, 0], ["x", "y"])
    np.testing.assert_array_equal(read_csv(path, "kind")[0], x)
    for text, words in (("a,b\n1,x\nfoo,y\n", ":3: a: 'foo' is no number"), ("a,b\n1\n", ":2: has 1 columns"),
                        ("a,b\n", "at least one row")):  # fmt: skip
        path.write_text(text)
        with pytest.raises(DataError, match=words):
            read_csv(path)
    path.write_text("a,b\n1,x\n")
    with pytest.raises(DataError, match="no column 'c'"):
        read_csv(path, "c")


def test_split_keeps_copies_together_and_classes_in_proportion():
    groups = np.arange(300) // 3  # three variants of each source
    labels = (groups % 10 < 3).astype(int) + (groups % 10 == 0)
    for seed in range(5):
        parts = split(300, (0.7, 0.2, 0.1), labels=labels, groups=groups, seed=seed)
        assert sorted(np.concatenate(parts)) == list(range(300))
        sides = [set(groups[part]) for part in parts]
        assert sum(map(len, sides)) == len(set.union(*sides))
        for part, share in zip(parts, (0.7, 0.2, 0.1), strict=True):
            for kind in range(3):  # scikit-learn's early stopping forgot this for three classes
                assert (labels[part] == kind).sum() == pytest.approx(
                    share * (labels == kind).sum(), abs=3
                )
    with pytest.raises(ValueError, match="class 7 has only 1 example"):
        split(3, labels=[0, 0, 7])


def test_folders_know_the_source_of_copies(tmp_path):
    from PIL import Image

    from augkit.cli.main import main

    for kind in ("cats", "dogs"):
        (tmp_path / "in" / kind).mkdir(parents=True)
        for number in range(3):
            picture = Image.fromarray(RNG.integers(0, 256, (8, 8, 3), dtype=np.uint8))
            picture.save(tmp_path / "in" / kind / f"{number}.png")
    arguments = [
        "run",
        "image-light",
        str(tmp_path / "in"),
        str(tmp_path / "out"),
        "-n",
        "2",
        "-j",
        "1",
    ]
    assert main(arguments) in (0, None)
    folder = Folder(tmp_path / "out")
    assert folder.classes == ["cats", "dogs"]
    assert len(set(folder.groups)) == 6
    assert len(folder) > 6
    train, valid = split(len(folder), (0.5, 0.5), labels=folder.labels, groups=folder.groups)
    assert not {folder.groups[i] for i in train} & {folder.groups[i] for i in valid}
    trainer = rt.Trainer(
        rt.Sequential(rt.Flatten(), rt.Dense(2)), max_epochs=2, workers=1, batch_size=4
    )
    run = trainer.fit((folder, folder.labels), progress=False)
    assert run.epochs == 2
    with pytest.raises(DataError, match="no image files in subfolders"):
        Folder(tmp_path / "in" / "cats")


def test_memory_mapped_arrays_are_not_copied(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, X)
    mapped = np.load(path, mmap_mode="r")
    trainer, other = mlp(), mlp()
    trainer.fit((mapped, Y), progress=False)
    other.fit((X, Y), progress=False)
    np.testing.assert_array_equal(trainer.model.parameters, other.model.parameters)


def test_the_finder_leaves_no_trace():
    """Lightning #6675, fastai #3013: inserting a finder changed the training."""
    plain, watched = mlp(max_epochs=3), mlp(max_epochs=3)
    finder = rt.LRFinder(steps=30).find(watched, (X, Y))
    assert len(finder.rates) > 10
    plain.fit((X, Y), progress=False)
    watched.fit((X, Y), progress=False)
    np.testing.assert_array_equal(plain.model.parameters, watched.model.parameters)
    state = watched.model.parameters.copy()
    rt.LRFinder(steps=30).find(watched, (X, Y))
    np.testing.assert_array_equal(watched.model.parameters, state)
