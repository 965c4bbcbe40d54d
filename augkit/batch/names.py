"""The names of outputs: a checked template that cannot leave the destination.

Fields of a template:

==============  ====================================================================
``{dir}``       folder of the source file relative to the source; empty at the top
``{stem}``      its name without the suffix
``{name}``      its name with the suffix, so ``a.jpg`` and ``a.png`` stay apart
``{variant}``   number of the variant, with a width like ``{variant:03d}``
``{hash}``      eight hexadecimal digits that stand for the sample's key
``{class}``     its class, where there is one, else ``unlabeled``
``{split}``     its split, where there is one, else ``all``
``{ext}``       suffix of the output, with its dot; has to stand at the end
==============  ====================================================================
"""

from __future__ import annotations

import hashlib
import os
import re
import string
import unicodedata
from dataclasses import dataclass, field

from augkit.batch.files import TEMPORARY, Layout
from augkit.core.errors import SpecError

__all__ = ["DEFAULT_TEMPLATE", "LONGEST", "NameTemplate", "folded", "printable", "sample_key"]

DEFAULT_TEMPLATE = "{dir}/{stem}_aug{variant:03d}{ext}"
LONGEST = 240
"""Bytes of the longest name; below the usual 255, so that label files beside can be longer."""

FIELDS = ("dir", "stem", "name", "variant", "hash", "class", "split", "ext")
_WIDTH = re.compile(r"0?\d{0,2}d?")


def printable(path: str) -> str:
    """A path as valid UTF-8: bytes that are not (lone surrogates) as ``%XX``.

    >>> printable("caf\\udce9.jpg")
    'caf%E9.jpg'
    """
    if path.isascii():
        return path
    return re.sub("[\udc80-\udcff]", lambda found: f"%{ord(found[0]) - 0xDC00:02X}", path)


def sample_key(path: str) -> str:
    """The key of a sample: its relative path with ``/``, valid UTF-8, in Unicode's form NFC.

    So a folder copied from macOS (NFD names) gives the same results.

    >>> sample_key("cafe\\u0301/1.jpg") == "caf\\u00e9/1.jpg"
    True
    """
    return path if path.isascii() else unicodedata.normalize("NFC", printable(path))


def key_hash(key: str) -> str:
    """Eight hexadecimal digits that stand for a key."""
    return hashlib.blake2b(key.encode(), digest_size=4).hexdigest()


def folded(name: str) -> str:
    """The form in which names are the same file on macOS and Windows: case and accents folded."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


@dataclass(frozen=True)
class NameTemplate:
    """A template for the paths of outputs, checked when it is made.

    Parameters
    ----------
    template
        Fields as in the table above and literal text; relative, with ``/``.
    variants
        How many variants a file may have; above 1 the template needs ``{variant}``.

    Raises
    ------
    SpecError
        An unknown field, a bad width, an absolute path, ``..``, no ``{stem}`` or ``{ext}``.

    Examples
    --------
    >>> NameTemplate("{dir}/{stem}_aug{variant:03d}{ext}").output("cats/1.jpg", ".png", 4)
    'cats/1_aug004.png'
    """

    template: str = DEFAULT_TEMPLATE
    variants: int = 2
    _pieces: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pieces, problems = _parsed(self.template)
        names = [name for name, _ in pieces]
        if not {"stem", "name"} & set(names):
            problems.append("it needs {stem} or {name}, or outputs would overwrite each other")
        if self.variants > 1 and "variant" not in names:
            problems.append(f"it needs {{variant}}, as there are {self.variants} variants per file")
        if not names or names[-1] != "ext" or names.count("ext") > 1:
            problems.append("it has to end with {ext}, once")
        text = self.template.replace("\\", "/")
        if text.startswith("/") or re.match(r"[A-Za-z]:", text):
            problems.append("it must be relative to the destination")
        if ".." in text.split("/"):
            problems.append("'..' must not stand in it")
        if "\0" in text:
            problems.append("it holds a NUL character")
        if problems:
            raise SpecError([f"name template {self.template!r}: {problem}" for problem in problems])
        object.__setattr__(self, "_pieces", tuple(pieces))

    def output(
        self,
        source: str,
        suffix: str,
        variant: int,
        *,
        key: str | None = None,
        label: str | None = None,
        split: str | None = None,
    ) -> str:
        """The relative path of one output.

        Parameters
        ----------
        source
            Path of the source file relative to the source folder.
        suffix
            Of the output, with its dot.
        variant
            Number of the variant, from 0.
        key
            The sample's key; default: made from ``source``.
        label, split
            Its class and its split.
        """
        folder, _, name = printable(source).rpartition("/")
        stem = os.path.splitext(name)[0]
        values: dict[str, str] = {"dir": folder, "stem": stem, "name": name, "ext": suffix}
        parts = []
        for field_name, spec in self._pieces:
            if not field_name:
                parts.append(spec)
            elif field_name == "variant":
                parts.append(format(variant, spec))
            elif field_name == "hash":
                parts.append(key_hash(sample_key(source) if key is None else key))
            elif field_name == "class":
                parts.append(_component(label or "unlabeled"))
            elif field_name == "split":
                parts.append(_component(split or "all"))
            else:
                parts.append(values[field_name])
        return checked("".join(parts))


def _parsed(template: str) -> tuple[list[tuple[str, str]], list[str]]:
    """(field, width) or ("", literal text) pairs, and what is wrong."""
    pieces: list[tuple[str, str]] = []
    problems: list[str] = []
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as error:
        return [], [str(error)]
    for literal, name, spec, conversion in parsed:
        if literal:
            pieces.append(("", literal.replace("\\", "/")))
        if name is None:
            continue
        if name not in FIELDS:
            allowed = ", ".join(f"{{{known}}}" for known in FIELDS)
            problems.append(f"unknown field {{{name}}}; allowed: {allowed}")
        elif conversion or (spec and (name != "variant" or not _WIDTH.fullmatch(spec))):
            problems.append(f"{{{name}:{spec}}} must be plain, or a width as in {{variant:03d}}")
        else:
            pieces.append((name, (spec or "d") if name == "variant" else ""))
    return pieces, problems


def _component(text: str) -> str:
    """Free text (a class) as one part of a path."""
    cleaned = re.sub(r"[\x00-\x1f/\\:]", "_", printable(text))
    return "_" + cleaned[1:] if cleaned.startswith(".") else cleaned


def checked(path: str) -> str:
    """A relative path whose parts are neither empty, nor ``..``, nor too long, nor ours.

    A part longer than `LONGEST` bytes is cut, and a hash of the whole is put in its place.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        raise SpecError(f"the output name {path!r} would leave the destination")
    if parts[0] in Layout.RESERVED or parts[-1].startswith(TEMPORARY):
        raise SpecError(f"the output name {path!r} belongs to augkit; choose another template")
    return "/".join(part if len(part) * 4 <= LONGEST else _shortened(part) for part in parts)


def _shortened(part: str) -> str:
    encoded = part.encode("utf-8", "surrogateescape")
    if len(encoded) <= LONGEST:
        return part
    stem, suffix = os.path.splitext(part)
    tail = f"~{hashlib.sha256(encoded).hexdigest()[:12]}"
    # The variant stands at the end of a stem: the middle is what goes.
    end = stem[-12:]
    room = LONGEST - len((tail + end + suffix).encode("utf-8", "surrogateescape"))
    if room < 1:
        raise SpecError(f"the output name {part[:60]!r}... has a suffix that is too long")
    head = stem.encode("utf-8", "surrogateescape")[:room].decode("utf-8", "ignore")
    return f"{head}{tail}{end}{suffix}"
