"""The text of a spec: read from YAML, TOML or JSON, with the place of everything.

Reading gives a `Document`: plain data, and the line and column of each key and value, so that an
error about a parameter can point at it. What differs from the usual readers: YAML has the numbers
and words of YAML 1.2 (``1e-3`` is a number, ``no`` a string), no key stands twice, and neither
aliases nor nesting can make a small file large.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FORMATS", "Document", "Place", "TextError", "decode", "read"]

FORMATS = {".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".json": "json"}
"""File suffixes and what they say about the format."""

MOST_CHARACTERS = 1_000_000
MOST_NODES = 100_000
MOST_LEVELS = 100

Place = tuple[int, int]
"""Line and column, both counted from 1."""

Path = tuple[str | int, ...]
"""The way to a value: names of keys and positions in lists."""


class TextError(ValueError):
    """The text is not what its format allows; ``problems`` holds (place, message) pairs."""

    def __init__(self, problems: list[tuple[Place | None, str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(message for _, message in problems))


@dataclass
class Document:
    """What a text says, and where.

    Attributes:
        data: plain values, lists and dicts.
        values: the place of each value, by its path.
        keys: the place of each key, by the path of its value.
    """

    data: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)


def decode(raw: bytes) -> str:
    """UTF-8 text, with or without a byte order mark."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise TextError([(_place(before, len(before)), message)]) from None


def read(text: str, format: str) -> Document:
    """The document in ``text``; ``format`` is ``"yaml"``, ``"toml"`` or ``"json"``.

    >>> document = read("seed: 7\\nfuse: no", "yaml")
    >>> document.data, document.values["fuse",], document.keys["fuse",]
    ({'seed': 7, 'fuse': 'no'}, (2, 7), (2, 1))

    Raises:
        TextError: with the place of each mistake.
    """
    if len(text) > MOST_CHARACTERS:
        raise TextError([(None, f"{len(text)} characters; a spec has at most {MOST_CHARACTERS}")])
    try:
        return _READERS[format](text)
    except RecursionError:
        raise TextError([(None, f"nested deeper than {MOST_LEVELS} levels")]) from None


def _place(text: str, offset: int) -> Place:
    """Line and column of a character."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


# -- YAML --------------------------------------------------------------------------------------

# The core schema of YAML 1.2, section 10.3.2: what a plain scalar is.
_YAML_SCALARS: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
    ("null", r"~|null|Null|NULL|", lambda text: None),
    ("bool", r"true|True|TRUE|false|False|FALSE", lambda text: text.lower() == "true"),
    ("int", r"[-+]?[0-9]+", int),
    ("int", r"0o[0-7]+", lambda text: int(text[2:], 8)),
    ("int", r"0x[0-9a-fA-F]+", lambda text: int(text[2:], 16)),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", float),
    ("float", r"[-+]?\.(inf|Inf|INF)", lambda text: -math.inf if text[0] == "-" else math.inf),
    ("float", r"\.(nan|NaN|NAN)", lambda text: math.nan),
)
_YAML_PATTERNS = [(tag, re.compile(pattern), make) for tag, pattern, make in _YAML_SCALARS]
_YAML_TAG = "tag:yaml.org,2002:"
_PLAIN_SCALAR = "plain"


def _read_yaml(text: str) -> Document:
    import yaml

    class Loader(yaml.SafeLoader):
        """Leaves it to us what a plain scalar is."""

        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            if kind is yaml.ScalarNode:
                return _PLAIN_SCALAR if implicit[0] else _YAML_TAG + "str"
            return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]

    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.reader.ReaderError as error:
        what = f"the character {chr(error.character)!r} is not allowed; write it as an escape"
        raise TextError([(_place(text, error.position), what)]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = None if mark is None else (mark.line + 1, mark.column + 1)
        raise TextError([(place, _yaml_words(error))]) from None
    document = Document()
    if node is not None:
        _YamlWalk(document).run(node)
    return document


def _yaml_words(error: Any) -> str:
    problem = str(error.problem)
    if "'\\t'" in problem:
        return "a tab cannot stand here; indent with spaces"
    if "found undefined alias" in problem:
        return f"{problem.removeprefix('found ')}; define it with &name before *name"
    if "expected a single document" in str(error.context):
        return "a second document begins here; a spec is one document"
    if problem.startswith("expected <block end>"):
        begun = error.context_mark
        where = f"what began in line {begun.line + 1}" if begun else "what stands above"
        return f"this line fits nowhere: indent it as {where}, or further to belong to it"
    if "mapping values are not allowed" in problem:
        return "no ':' can stand here; is this line indented too far, or a text without quotes?"
    if "could not find expected ':'" in problem:
        return f"line {error.context_mark.line + 1} has no ':'"
    if "flow" in str(error.context):
        bracket = "[" if "sequence" in error.context else "{"
        return f"the {bracket} of line {error.context_mark.line + 1} is not closed: {problem}"
    return problem + (f", {error.context}" if error.context else "")


class _YamlWalk:
    """From nodes to data: places noted, keys checked, aliases counted at every use."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[tuple[Place | None, str]] = []
        self.count = 0
        self.above: set[int] = set()

    def run(self, node: Any) -> None:
        self.document.data = self.value(node, ())
        if self.problems:
            raise TextError(self.problems)

    def value(self, node: Any, path: Path) -> Any:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.document.values[path] = place
        self.count += 1
        if self.count > MOST_NODES:
            raise TextError([(place, f"more than {MOST_NODES} values once aliases are filled in")])
        if id(node) in self.above:
            raise TextError([(place, "an alias inside the value it stands for")])
        if len(path) > MOST_LEVELS:
            raise TextError([(place, f"nested deeper than {MOST_LEVELS} levels")])
        kind = node.id
        if kind == "scalar":
            return self.scalar(node, place)
        self.above.add(id(node))
        found: Any
        if kind == "sequence":
            self.expect_tag(node, "seq", place)
            found = [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        else:
            self.expect_tag(node, "map", place)
            found = self.mapping(node, path)
        self.above.discard(id(node))
        return found

    def expect_tag(self, node: Any, expected: str, place: Place) -> None:
        if node.tag != _YAML_TAG + expected:
            self.problems.append((place, f"the tag {_short_tag(node.tag)} is not supported"))

    def mapping(self, node: Any, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            key = self.scalar(key_node, place) if key_node.id == "scalar" else None
            if key_node.id != "scalar" or not isinstance(key, str):
                written = key_node.value if key_node.id == "scalar" else "a list or mapping"
                self.problems.append((place, f"a key must be a name, got {written}"))
                continue
            if key in found:
                first = self.document.keys[*path, key][0]
                self.problems.append((place, f"{key!r} stands twice (first in line {first})"))
                continue
            self.document.keys[*path, key] = place
            found[key] = self.value(value_node, (*path, key))
        return found

    def scalar(self, node: Any, place: Place) -> Any:
        text: str = node.value
        if node.tag == _PLAIN_SCALAR:
            return self.plain(text, place)
        wanted = node.tag.removeprefix(_YAML_TAG)
        if wanted == "str":
            return text
        for tag, pattern, make in _YAML_PATTERNS:
            if tag == wanted and pattern.fullmatch(text):
                return make(text)
        self.problems.append((place, f"the tag {_short_tag(node.tag)} does not fit {text!r}"))
        return None

    def plain(self, text: str, place: Place) -> Any:
        for _, pattern, make in _YAML_PATTERNS:
            if pattern.fullmatch(text):
                try:
                    return make(text)
                except ValueError:  # Python's limit on the digits of a whole number
                    self.problems.append((place, f"a number of {len(text)} digits is too long"))
                    return 0
        return text


def _short_tag(tag: str) -> str:
    return tag.replace(_YAML_TAG, "!!")


# -- JSON --------------------------------------------------------------------------------------

_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def _read_json(text: str) -> Document:
    def refuse(word: str) -> float:
        place = _place(text, text.find(word))
        raise TextError([(place, f"{word} is not JSON; write a finite number")])

    try:
        document = Document(json.loads(text, parse_constant=refuse))
    except json.JSONDecodeError as error:
        place = (error.lineno, error.colno)
        message = error.msg[0].lower() + error.msg[1:]
        if not text.strip():
            return Document()
        raise TextError([(place, message)]) from None
    except TextError:
        raise
    except ValueError:
        raise TextError([(None, "a number has too many digits")]) from None
    problems = _place_json(text, document)
    if problems:
        raise TextError(problems)
    return document


def _place_json(text: str, document: Document) -> list[tuple[Place | None, str]]:
    """Note the places in a text that is known to be JSON; the keys that stand twice."""
    problems: list[tuple[Place | None, str]] = []
    path: list[str | int] = []  # the key or position that the next value stands at, level by level
    inside: list[str] = []
    key_next = False
    for token in _JSON_TOKEN.finditer(text):
        mark = token.group()
        if mark == ",":
            if inside[-1] == "[":
                path[-1] = int(path[-1]) + 1
            key_next = inside[-1] == "{"
        elif mark in "}]":
            if inside.pop() == "[" or len(path) > len(inside):
                path.pop()
            key_next = False
        elif mark == ":":
            key_next = False
        elif key_next:
            if len(path) == len(inside):
                path.pop()
            path.append(json.loads(mark))
            place = _place(text, token.start())
            if tuple(path) in document.keys:
                first = document.keys[tuple(path)][0]
                problems.append((place, f"{path[-1]!r} stands twice (first in line {first})"))
            document.keys[tuple(path)] = place
        else:
            document.values[tuple(path)] = _place(text, token.start())
            if mark in "{[":
                inside.append(mark)
                key_next = mark == "{"
                if mark == "[":
                    path.append(0)
    return problems


# -- TOML --------------------------------------------------------------------------------------

_TOML_AT = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)$")
_TOML_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[\[\]{},=.\n]"
    r"|[^\s\[\]{},=.#\"']+",
    re.DOTALL,
)


def _read_toml(text: str) -> Document:
    try:
        document = Document(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        found = _TOML_AT.search(str(error))
        place = _place(text, len(text))
        if found and found[1]:
            place = (int(found[1]), int(found[2]))
        message = _TOML_AT.sub("", str(error))
        raise TextError([(place, message[0].lower() + message[1:])]) from None
    except ValueError:
        raise TextError([(None, "a number has too many digits")]) from None
    _TomlWalk(text, document).run()
    return document


class _TomlWalk:
    """Notes the places in a text that is known to be TOML."""

    def __init__(self, text: str, document: Document) -> None:
        self.text = text
        self.document = document
        self.tokens = [
            (token.group(), token.start())
            for token in _TOML_TOKEN.finditer(text.replace("\r\n", " \n"))
            if not token.group().startswith("#")
        ]
        self.at = 0
        self.tables: dict[Path, int] = {}  # the last position in each array of tables

    def run(self) -> None:
        base: Path = ()
        self.document.values[()] = (1, 1)
        while self.at < len(self.tokens):
            mark, _ = self.tokens[self.at]
            if mark == "\n":
                self.at += 1
            elif mark == "[":
                base = self.header()
            else:
                self.assignment(base)

    def header(self) -> Path:
        start = self.at
        self.at += 1
        array = self.tokens[self.at][0] == "["
        self.at += array
        path: Path = ()
        names = self.names()
        for position, (name, offset) in enumerate(names):
            path = (*path, name)
            self.document.keys.setdefault(path, _place(self.text, offset))
            self.document.values.setdefault(path, _place(self.text, offset))
            if array and position == len(names) - 1:
                self.tables[path] = self.tables.get(path, -1) + 1
            if path in self.tables:
                path = (*path, self.tables[path])
        self.at += 1 + array
        self.document.values[path] = _place(self.text, self.tokens[start][1])
        return path

    def names(self) -> list[tuple[str, int]]:
        """A dotted key; ends before ``=`` or ``]``."""
        found: list[tuple[str, int]] = []
        while self.tokens[self.at][0] not in ("=", "]"):
            mark, offset = self.tokens[self.at]
            if mark != ".":
                found.append((next(iter(tomllib.loads(f"{mark} = 0"))), offset))
            self.at += 1
        return found

    def assignment(self, base: Path) -> None:
        path = base
        for name, offset in self.names():
            path = (*path, name)
            self.document.keys.setdefault(path, _place(self.text, offset))
            self.document.values.setdefault(path, _place(self.text, offset))
        self.at += 1
        self.value(path)

    def value(self, path: Path) -> None:
        mark, offset = self.tokens[self.at]
        self.document.values[path] = _place(self.text, offset)
        self.at += 1
        if mark == "[":
            index = 0
            while (mark := self.tokens[self.at][0]) != "]":
                if mark in (",", "\n"):
                    self.at += 1
                else:
                    self.value((*path, index))
                    index += 1
            self.at += 1
        elif mark == "{":
            while (mark := self.tokens[self.at][0]) != "}":
                if mark in (",", "\n"):
                    self.at += 1
                else:
                    self.assignment(path)
            self.at += 1
        else:
            # A number with a point, or a date, is several tokens.
            ends = (",", "]", "}", "\n")
            while self.at < len(self.tokens) and self.tokens[self.at][0] not in ends:
                self.at += 1


_READERS = {"yaml": _read_yaml, "toml": _read_toml, "json": _read_json}
