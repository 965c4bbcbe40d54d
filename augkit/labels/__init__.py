"""Label files that travel with a folder of images: read, and written again for new images.

>>> import tempfile, pathlib
>>> root = pathlib.Path(tempfile.mkdtemp())
>>> _ = (root / "boxes.csv").write_text("path,x1,y1,x2,y2,label\\ncat.jpg,10,20,40,60,cat\\n")
>>> source = open_labels("csv:boxes.csv", root=root)
>>> labels = source.get("cat.jpg", width=100, height=80)
>>> labels.boxes.tolist(), labels.labels
([[10.0, 20.0, 40.0, 60.0]], ['cat'])
>>> writer = open_writer(source, root / "out")
>>> flipped = labels.moved([0], boxes=[[60, 20, 90, 60]], width=100, height=80)
>>> writer.write_image("cat_1.jpg", 100, 80, flipped)    # CSV has no file per image
[]
>>> writer.write_dataset([("cat_1.jpg", 100, 80, flipped.to_dict())])
['boxes.csv']
>>> print((root / "out" / "boxes.csv").read_text(), end="")
path,x1,y1,x2,y2,label
cat_1.jpg,60,20,90,60,cat
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

if TYPE_CHECKING:
    from augkit.labels.files import LabelError
    from augkit.labels.masks import read_mask, write_mask
    from augkit.labels.model import Category, ImageLabels, LabelSchema
    from augkit.labels.registry import (
        FORMATS,
        detect_labels,
        open_labels,
        open_writer,
        register_format,
    )
    from augkit.labels.rle import Rle
    from augkit.labels.source import LabelOptions, LabelSource, LabelWriter
    from augkit.labels.splits import find_splits, folder_class, read_split, split_of

__all__ = [
    "FORMATS",
    "Category",
    "ImageLabels",
    "LabelError",
    "LabelOptions",
    "LabelSchema",
    "LabelSource",
    "LabelWriter",
    "Rle",
    "detect_labels",
    "find_splits",
    "folder_class",
    "open_labels",
    "open_writer",
    "read_mask",
    "read_split",
    "register_format",
    "split_of",
    "write_mask",
]

_HOMES = {
    "files": ("LabelError",),
    "masks": ("read_mask", "write_mask"),
    "model": ("Category", "ImageLabels", "LabelSchema"),
    "registry": ("FORMATS", "detect_labels", "open_labels", "open_writer", "register_format"),
    "rle": ("Rle",),
    "source": ("LabelOptions", "LabelSource", "LabelWriter"),
    "splits": ("find_splits", "folder_class", "read_split", "split_of"),
}

__getattr__, __dir__ = lazily(__name__, _HOMES)
