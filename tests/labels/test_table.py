from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from augkit.labels import LabelError, LabelSource, open_labels, open_writer, read_split
from augkit.labels.table import read_table


def opened(root: Path, text: str, name: str = "a.csv", **options: bool) -> LabelSource:
    (root / name).write_text(text, encoding="utf-8")
    return open_labels(f"csv:{name}", root=root, **options)


def written(root: Path, source: LabelSource, path: str, width: int = 20, height: int = 10) -> str:
    labels = source.get(path, width=width, height=height)
    writer = open_writer(source, root / "out")
    [name] = writer.write_dataset([(path, width, height, labels.to_dict())])
    return (root / "out" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "path,x_min,y_min,x_max,y_max,label\n1.jpg,1,2,4,8,cat\n",
        "filename;width;height;class;xmin;ymin;xmax;ymax\n1.jpg;20;10;cat;1;2;4;8\n",
        "Image Path\tX\tY\tW\tH\tClass Name\n1.jpg\t1\t2\t3\t6\tcat\n",
        "image_id,left,top,width,height,category\n1,1,2,3,6,cat\n",
        "file,x_center,y_center,width,height,label\n1.jpg,2.5,5,3,6,cat\n",
        "label,bottom,right,top,left,img\ncat,8,4,2,1,1.jpg\n",
        "1.jpg,1,2,4,8,cat\n",
        '"path","x1","y1","x2","y2","label"\n"1.jpg",1,2,4,8,"cat"\n',
    ],
)
def test_names_and_layouts(tmp_path: Path, text: str) -> None:
    source = opened(tmp_path, text)
    labels = source["1.jpg"]
    assert labels.boxes.tolist() == [[1, 2, 4, 8]]
    assert labels.labels == ["cat"]
    assert [(c.id, c.name) for c in source.categories] == [(1, "cat")]
    assert written(tmp_path, source, "1.jpg") == text.replace('"', "")
    assert source.problems == []


def test_other_columns_and_images_without_objects(tmp_path: Path) -> None:
    text = (
        'path,x1,y1,x2,y2,class,split,note\n1.jpg,1,2,3,4,cat,train,"a, b"\n'
        "1.jpg,0,0,2,2,dog,train,\n2.jpg,,,,,,test,empty\n"
    )
    source = opened(tmp_path, text)
    first, second = source["1.jpg"], source["2.jpg"]
    assert first.attributes == [{"note": "a, b"}, {"note": ""}]
    assert first.image_attributes == {"split": "train"}
    assert second.boxes.shape == (0, 4)
    assert second.image_attributes == {"split": "test", "note": "empty"}
    assert source.group("1.jpg") == ("train", None)
    assert written(tmp_path, source, "2.jpg").splitlines()[1] == "2.jpg,,,,,,test,empty"
    nothing = first.moved([], boxes=[], width=5, height=5).to_dict()
    open_writer(source, tmp_path).write_dataset([("x/1.jpg", 5, 5, nothing)])
    assert (tmp_path / "a.csv").read_text().splitlines()[1] == "x/1.jpg,,,,,,train,"


def test_a_class_per_image(tmp_path: Path) -> None:
    text = "image,label,weight\na/1.jpg,cat,0.5\na/2.jpg,,1\n"
    source = opened(tmp_path, text)
    assert source["a/1.jpg"].labels == ["cat"]
    assert source["a/1.jpg"].boxes is None
    assert source["a/2.jpg"].labels == []
    assert source.group("a/1.jpg") == (None, "cat")
    assert written(tmp_path, source, "a/2.jpg") == "image,label,weight\na/2.jpg,,1\n"


def test_fractions(tmp_path: Path) -> None:
    text = "ImageID,LabelName,XMin,XMax,YMin,YMax\n1,/m/cat,0.1,0.5,0.25,0.75\n"
    assert "say csv_fractions=True" in opened(tmp_path, text).problems[0]
    source = opened(tmp_path, text, csv_fractions=True)
    assert source.get("1.jpg", width=20, height=8).boxes.tolist() == [[2, 2, 10, 6]]
    assert written(tmp_path, source, "1.jpg") == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"a\.csv: the table is empty"),
        ("a,b\n1,2\n", r"a\.csv:1: no column of image names"),
        ("path,xmin,ymin,label\n", "there is x_min, y_min, but four columns"),
        ("path,bbox,label\n", "there is bbox"),
        ('path,label\n"1.jpg,cat\n', "not a table"),
        ("path,label\n,cat\n", r"a\.csv:2: the row names no image"),
        ("path,label\n..,cat\n", "a sample has the name '..'"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        opened(tmp_path, text)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1.jpg,1,2,3", r"a\.csv:3: 4 columns instead of 6"),
        ("1.jpg,1,2,3,4,cat,7", "7 columns instead of 6"),
        ("1.jpg,1,2,x,4,cat", "x2 must be a finite number, got 'x'"),
        ("1.jpg,1,nan,3,4,cat", "y1 must be a finite number, got 'nan'"),
        ("1.jpg,1,,3,4,cat", "y1 must be a finite number, got ''"),
    ],
)
def test_a_bad_row_spoils_one_image(tmp_path: Path, row: str, message: str) -> None:
    source = opened(tmp_path, f"path,x1,y1,x2,y2,label\n2.jpg,1,2,3,4,cat\n{row}\n")
    with pytest.raises(LabelError, match=message):
        source["1.jpg"]
    assert source["2.jpg"].count == 1


def test_odd_rows_are_reported(tmp_path: Path) -> None:
    source = opened(
        tmp_path,
        "path,x1,y1,x2,y2,label,split,nose_x,nose_y\n1.jpg,5,5,5,9,cat,train,1,2\n"
        "1.jpg,,,,,none,test,,\n",
    )
    assert source["1.jpg"].count == 1
    text = "\n".join(source.problems)
    for message in ("a.csv:2: the box has no area", "a.csv:3: 'none' has no box", "several splits",
                    "nose_x and nose_y look like a point"):  # fmt: skip
        assert message in text


def test_bom_crlf_and_quoted_lines(tmp_path: Path) -> None:
    raw = b'\xef\xbb\xbfpath,label,note\r\n1.jpg,cat,"two\r\nlines"\r\n'
    (tmp_path / "a.csv").write_bytes(raw)
    source = open_labels("csv:a.csv", root=tmp_path)
    assert source["1.jpg"].attributes == [{"note": "two\nlines"}]
    assert written(tmp_path, source, "1.jpg") == 'path,label,note\n1.jpg,cat,"two\nlines"\n'


def test_columns_of_one_name(tmp_path: Path) -> None:
    text = "path,label,x,x\n1.jpg,cat,1,2\n"
    source = opened(tmp_path, text)
    assert source["1.jpg"].attributes == [{"x": "1", "x#3": "2"}]
    assert written(tmp_path, source, "1.jpg") == text


def test_subset_and_split(tmp_path: Path) -> None:
    source = opened(tmp_path, "path,label,split\n1.jpg,cat,train\n2.jpg,dog,\n")
    small = pickle.loads(pickle.dumps(source.subset(["2.jpg"])))
    assert len(small) == 1
    assert small["2.jpg"] == source["2.jpg"]
    assert read_split("a.csv", root=tmp_path) == {"1.jpg": ("train", "cat"), "2.jpg": ("", "dog")}


def test_auto(tmp_path: Path) -> None:
    opened(tmp_path, "path,label\n1.jpg,cat\n")
    (tmp_path / "manifest.csv").write_text("path,size\nelsewhere.jpg,3\n")
    assert open_labels("auto", root=tmp_path).schemas == []
    (tmp_path / "1.jpg").touch()
    assert open_labels("auto", root=tmp_path)["1.jpg"].labels == ["cat"]


def test_two_tables(tmp_path: Path) -> None:
    opened(tmp_path, "path,label\n1.jpg,cat\n")
    opened(tmp_path, "path,label\n2.jpg,dog\n", "b.csv")
    source = open_labels(["csv:a.csv", "csv:b.csv"], root=tmp_path)
    writer = open_writer(source, tmp_path / "out")
    records = [(path, 3, 3, source[path].to_dict()) for path in ("1.jpg", "2.jpg")]
    assert writer.write_dataset(records) == ["a.csv", "b.csv"]
    assert (tmp_path / "out/b.csv").read_text() == "path,label\n2.jpg,dog\n"


def test_header_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("path,label")
    assert read_table(tmp_path / "a.csv").rows == []
