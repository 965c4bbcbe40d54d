"""Spelling errors that people make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from augkit.core.fields import option
from augkit.text.base import WordTransform

if TYPE_CHECKING:
    from augkit.text.sample import Words

__all__ = ["MISSPELLINGS", "SpellingError"]

_TABLE = """
accommodate accomodate acommodate|achieve acheive|across accross|address adress|aggressive agressive
apparent apparant|appearance appearence|argument arguement|basically basicly|beginning begining
believe beleive|business buisness|calendar calender|category catagory|cemetery cemetary
colleague collegue|coming comming|committee commitee comittee|completely completly
conscious concious|definitely definately definatly|describe discribe|desperate desparate
different diffrent|disappear dissapear|disappoint dissapoint|embarrass embarass|environment enviroment
especially expecially|exaggerate exagerate|existence existance|experience experiance|familiar familar
finally finaly|foreign foriegn|forty fourty|friend freind|government goverment|grammar grammer
guarantee garantee|happened happend|harass harrass|height heighth hieght|humorous humourous
immediately immediatly|independent independant|interrupt interupt|irresistible irresistable
knowledge knowlege|language langauge|library libary|license lisence|loose lose|lose loose
maintenance maintainance|misspell mispell|necessary neccessary necesary|neighbor nieghbor
neighbour nieghbour|noticeable noticable|occasion occassion|occurred occured|occurrence occurence
parallel paralel|particular particuler|people poeple|persistent persistant|piece peice
possession posession|preferred prefered|privilege privelege|probably probly|professor proffesor
pronunciation pronounciation|publicly publically|quiet quite|quite quiet|really realy
receive recieve|recommend recomend reccomend|referred refered|relevant relevent|religious religous
remember rember|restaurant restaraunt|rhythm rythm|scissors sissors|secretary secratary
seize sieze|separate seperate|sergeant sargent|similar similiar|sincerely sincerly
surprise suprise|temperature temperture|than then|then than|their thier there|there their
they're their there|threshold threshhold|through thru threw|together togather|tomorrow tommorow
tongue tounge|truly truely|unfortunately unfortunatly|until untill|usually usualy|vacuum vaccum
vegetable vegatable|weather wether whether|weird wierd|where were|which wich|whether wether weather
writing writting|you're your|your you're|its it's|it's its|to too|too to|of off|off of
affect effect|effect affect|accept except|except accept|hear here|here hear|know no|buy by
"""


def _read(table: str) -> dict[str, tuple[str, ...]]:
    entries = (entry.split() for line in table.split("\n") for entry in line.split("|"))
    return {entry[0]: tuple(entry[1:]) for entry in entries if entry}


MISSPELLINGS = _read(_TABLE)
"""Common errors, and words taken for one another."""

# Where the table has nothing: what tends to go wrong in English spelling.
_RULES = (
    ("ie", "ei"), ("ei", "ie"), ("tion", "sion"), ("sion", "tion"), ("ence", "ance"),
    ("ance", "ence"), ("ible", "able"), ("able", "ible"), ("ph", "f"), ("gh", "g"), ("ck", "k"),
    ("wh", "w"), ("kn", "n"), ("ous", "us"), ("ary", "ery"), ("ery", "ary"), ("ally", "aly"),
    ("sc", "s"), ("ent", "ant"), ("ant", "ent"), ("or", "er"), ("er", "or"), ("ar", "er"),
    ("ea", "ee"), ("ee", "ea"), ("ou", "o"), ("qu", "q"), ("mb", "m"), ("ght", "gth"),
)  # fmt: skip
_LONG = 4  # letters from which the rules apply


@lru_cache(maxsize=16384)
def _by_rule(word: str) -> tuple[str, ...]:
    """The misspellings of ``word`` (lower case) by rule, without repeats."""
    if len(word) < _LONG:
        return ()
    found: dict[str, None] = {}
    for place in range(1, len(word)):
        if word[place] == word[place - 1]:
            found[word[:place] + word[place + 1 :]] = None  # one of a double letter
        for right, wrong in _RULES:
            if word.startswith(right, place):
                found[word[:place] + wrong + word[place + len(right) :]] = None
    return tuple(found)


@dataclass(frozen=True)
class SpellingError(WordTransform):
    """Misspell some words as people do, from a table of common errors and by rule (English).

    Args:
        alpha: fraction of the words that are misspelled, on average (default 0.1).
        n: exact number of words that are misspelled, instead of ``alpha``.
        errors: a table of your own, ``{"right": ["wrong", ...]}``; it replaces the built-in one
            and its rules.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> SpellingError(n=1)("Receive it")
    'Recieve it'
    """

    errors: Any = option(
        None,
        schema={
            "type": ["object", "null"],
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        doc="a table of right and wrong spellings, instead of the built-in one",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        table = self.errors
        if table is not None:
            if not isinstance(table, Mapping):
                raise TypeError(
                    f"SpellingError.errors must map words to lists of errors, got {table!r}"
                )
            for right, wrong in table.items():
                if not isinstance(right, str) or isinstance(wrong, str):
                    raise TypeError(
                        f"SpellingError.errors[{right!r}] must be a list of str, got {wrong!r}"
                    )
            table = {right.lower(): tuple(wrong) for right, wrong in table.items()}
        object.__setattr__(self, "_table", table)

    def candidates(self, words: Words, index: int) -> Sequence[str]:
        word = words[index]
        lowered = word.lower().replace("’", "'")
        table: dict[str, tuple[str, ...]] | None = self.__dict__["_table"]
        if table is not None:
            wrong = table.get(lowered, ())
        elif lowered in MISSPELLINGS:
            wrong = MISSPELLINGS[lowered]
        else:
            wrong = _by_rule(lowered)
        return [_cased(each, word) for each in wrong if _cased(each, word) != word]


def _cased(word: str, model: str) -> str:
    """``word`` in capitals, or with one, where ``model`` is."""
    if model.isupper() and len(model) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word
