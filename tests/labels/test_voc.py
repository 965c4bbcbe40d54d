from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from augkit.labels import ImageLabels, LabelError, LabelSource, open_labels, open_writer

BOX = "<bndbox><xmin>1</xmin><ymin>3</ymin><xmax>10</xmax><ymax>8</ymax></bndbox>"
OBJECT = f"<object><name>cat</name><difficult>0</difficult>{BOX}</object>"


def opened(root: Path, body: str, *, zero: bool = False, head: str = "") -> LabelSource:
    folder = root / "Annotations"
    folder.mkdir(exist_ok=True)
    size = "<size><width>20</width><height>10</height><depth>1</depth></size>"
    (folder / "1.xml").write_text(f"{head}<annotation>{size}{body}</annotation>", encoding="utf-8")
    return open_labels("voc", root=root, voc_zero_based=zero)


def test_pixels_are_counted_from_one(tmp_path: Path) -> None:
    source = opened(tmp_path, OBJECT)
    assert source["1.jpg"].boxes.tolist() == [[0, 2, 10, 8]]
    assert opened(tmp_path, OBJECT, zero=True)["1.jpg"].boxes.tolist() == [[1, 3, 10, 8]]
    assert [c.name for c in source.categories] == ["cat"]
    assert source.problems == []
    opened(tmp_path, OBJECT.replace("<xmin>1<", "<xmin>0<"))["1.jpg"]
    odd = open_labels("voc", root=tmp_path)
    assert odd["1.jpg"].boxes[0, 0] == -1
    assert "say voc_zero_based=True" in odd.problems[0]


def test_written_file(tmp_path: Path) -> None:
    source = opened(tmp_path, "<segmented>0</segmented>" + OBJECT)
    labels = source.get("1.jpg", width=20, height=10)
    assert labels.image_attributes == {"segmented": 0, "depth": 1}
    writer = open_writer(source, tmp_path / "out")
    assert writer.write_image("a/2.png", 20, 10, labels) == ["annotations/a/2.xml"]
    assert (tmp_path / "out/annotations/a/2.xml").read_text() == (
        "<annotation>\n\t<folder>a</folder>\n\t<filename>2.png</filename>\n"
        "\t<segmented>0</segmented>\n\t<size>\n\t\t<width>20</width>\n\t\t<height>10</height>\n"
        "\t\t<depth>1</depth>\n\t</size>\n\t<object>\n\t\t<name>cat</name>\n"
        "\t\t<difficult>0</difficult>\n\t\t<bndbox>\n\t\t\t<xmin>1</xmin>\n\t\t\t<ymin>3</ymin>\n"
        "\t\t\t<xmax>10</xmax>\n\t\t\t<ymax>8</ymax>\n\t\t</bndbox>\n\t</object>\n</annotation>\n"
    )


def test_rotated_boxes_and_outlines(tmp_path: Path) -> None:
    robndbox = "<robndbox><cx>9</cx><cy>5</cy><w>4</w><h>2</h><angle>0.5</angle></robndbox>"
    points = "<pt><x>1</x><y>1</y></pt><pt><x>5</x><y>1</y></pt><pt><x>5</x><y>6.5</y></pt>"
    source = opened(
        tmp_path,
        f"<object><name>ship</name>{robndbox}</object>"
        f"<object><name>cat</name><type>bndbox</type>{BOX}<polygon>{points}</polygon></object>",
    )
    labels = source["1.jpg"]
    np.testing.assert_allclose(labels.rotated_boxes[0], [9, 5, 4, 2, -math.degrees(0.5)])
    np.testing.assert_allclose(labels.rotated_boxes[1], [5, 5, 10, 6, 0])
    assert labels.boxes[1].tolist() == [0, 2, 10, 8]
    assert [len(rings) for rings in labels.polygons] == [0, 1]
    assert [a["type"] for a in labels.attributes] == ["robndbox", "bndbox"]
    open_writer(source, tmp_path / "out").write_image("1.jpg", 20, 10, labels)
    again = open_labels("voc", root=tmp_path / "out")["1.jpg"]
    assert again.is_close(labels)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<object></object>", r"1\.xml: object 1 has no name"),
        ("<object><name>a</name></object>", "object 1 .a. has no bndbox"),
        (OBJECT.replace("<xmin>1<", "<xmin>nan<"), "xmin must be a finite number, got 'nan'"),
        (OBJECT.replace("<xmin>1</xmin>", ""), "xmin must be a finite number, got None"),
        ("<object>\n<name>", r"1\.xml:\d+: not XML"),
        ("\x01", "not XML"),
        (
            f"<object><name>a</name><polygon><x1>1</x1><y1>2</y1></polygon>{BOX}</object>",
            "three points",
        ),
    ],
)
def test_bad_files(tmp_path: Path, body: str, message: str) -> None:
    source = opened(tmp_path, body)
    with pytest.raises(LabelError, match=message):
        source["1.jpg"]
    assert isinstance(source.categories, tuple)


LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE annotation [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(tmp_path: Path, encoding: str) -> None:
    source = opened(tmp_path, "")
    text = f"{LAUGHS}<annotation><x>&b;</x></annotation>"
    (tmp_path / "Annotations/1.xml").write_text(text, encoding=encoding)
    with pytest.raises(LabelError, match="DOCTYPE is refused"):
        source["1.jpg"]


def test_encodings(tmp_path: Path) -> None:
    file = tmp_path / "Annotations/1.xml"
    source = opened(tmp_path, "")
    text = f"<annotation>{OBJECT.replace('cat', 'Kätzchen')}</annotation>"
    file.write_bytes(b'<?xml version="1.0" encoding="latin-1"?>' + text.encode("latin-1"))
    assert source["1.jpg"].labels == ["Kätzchen"]
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("><", ">\r\n<").encode())
    assert source["1.jpg"].labels == ["Kätzchen"]
    for raw in (
        text.encode("latin-1"),
        b'<?xml version="1.0" encoding="gbk"?>' + text.encode("gbk", "replace"),
    ):
        file.write_bytes(raw)
        with pytest.raises(LabelError, match="not XML"):
            source["1.jpg"]
    file.write_text("<html></html>")
    with pytest.raises(LabelError, match="got <html>"):
        source["1.jpg"]


def test_odd_things_are_reported(tmp_path: Path) -> None:
    part = f"<part><name>head</name>{BOX}</part>"
    empty = BOX.replace("<xmax>10<", "<xmax>0<")
    source = opened(tmp_path, f"<object><name>a</name>{part}{empty}</object>")
    assert source.get("1.jpg", width=10, height=20).count == 1
    assert not source.get("2.jpg").listed
    text = "\n".join(source.problems)
    for message in ("boxes of parts", "has no area", "(the image has an EXIF orientation?)",
                    "2.jpg: no XML file"):  # fmt: skip
        assert message in text


def test_folders(tmp_path: Path) -> None:
    """The development kit's own layout, from its top and from its images."""
    (tmp_path / "JPEGImages").mkdir()
    (tmp_path / "JPEGImages/1.jpg").touch()
    opened(tmp_path, OBJECT)
    assert open_labels("auto", root=tmp_path)["JPEGImages/1.jpg"].count == 1
    assert open_labels("auto", root=tmp_path / "JPEGImages")["1.jpg"].count == 1
    assert open_labels(f"voc:{tmp_path}/Annotations", root=tmp_path)["1.jpg"].count == 1
    (tmp_path / "JPEGImages/2.xml").write_text(f"<annotation>{OBJECT}</annotation>")
    beside = open_labels("voc:JPEGImages", root=tmp_path)
    assert beside["2.jpg"].count == 1
    assert len(beside) == 1


def test_labels_without_boxes_are_refused(tmp_path: Path) -> None:
    writer = open_writer(opened(tmp_path, OBJECT), tmp_path)
    with pytest.raises(LabelError, match="needs a box for 'x'"):
        writer.write_image("1.jpg", 2, 2, ImageLabels(labels=["x"]))
    assert writer.write_image("1.jpg", 2, 2, ImageLabels(listed=False)) == []
