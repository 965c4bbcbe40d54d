"""Words, their forms and their synonyms; see ``docs/text-resources.md``.

The table is made from WordNet 3.0 by `augkit.text.lexicon.build`; the notices that go with it stand
in ``NOTICE.txt`` beside this file.
"""

from __future__ import annotations

from augkit.text.lexicon.source import Source, open_source
from augkit.text.lexicon.table import Lexicon, builtin

__all__ = ["Lexicon", "Source", "builtin", "open_source"]
