"""Apertium: rules and dictionaries, offline, as a process of its own.

Debian's packages are called ``apertium-eng-spa`` and so on. Its engines are under the GPL, so they
are only ever called as a program.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess

from augkit.core.errors import MissingPartError
from augkit.text.translation.engine import TranslatorError

__all__ = ["Apertium"]

# Words cross a single line break; an empty line keeps texts apart.
_APART = "\n\n"
_BLANK = re.compile(r"\s+")
_LANGUAGE = re.compile(r"[A-Za-z_]+")


class Apertium:
    """One direction of Apertium; each call of `translate` is one process for all texts.

    Args:
        source, target: languages as in ``apertium -l``, such as ``"eng"`` and ``"spa"``.
        timeout: seconds that one call may take.

    Raises:
        MissingPartError: Apertium, or this pair of languages, is not installed.
    """

    def __init__(self, source: str, target: str, *, timeout: float = 60.0) -> None:
        for language in (source, target):
            if _LANGUAGE.fullmatch(language) is None:
                raise ValueError(f"a language is a code such as eng, got {language!r}")
        self.direction = f"{source}-{target}"
        self.timeout = timeout
        program = shutil.which("apertium")
        if program is None:
            raise MissingPartError(
                "engine apertium needs Apertium (Debian: apt-get install apertium "
                f"apertium-{source}-{target})"
            )
        self._program = program
        if self.direction not in self._directions():
            raise MissingPartError(
                f"Apertium has no {self.direction} here; it has "
                f"{', '.join(self._directions()) or 'nothing'} (Debian: apertium-{source}-{target} "
                f"or apertium-{target}-{source})"
            )

    def _directions(self) -> list[str]:
        return self._run(["-l"], "").split()

    def translate(self, texts: list[str]) -> list[str]:
        """The translation of each text, in which white space is single blanks."""
        # A text that is blank, or has an empty line, would be taken for two.
        flat = [_BLANK.sub(" ", text.replace("\0", " ")).strip() for text in texts]
        asked = [text for text in flat if text]
        if not asked:
            return ["" for _ in flat]
        made = self._run(["-u", self.direction], _APART.join(asked) + "\n")
        answers = made.strip("\n").split(_APART)
        if len(answers) != len(asked):
            raise TranslatorError(
                f"apertium {self.direction} was given {len(asked)} texts and gave back "
                f"{len(answers)}"
            )
        turn = iter(answers)
        return [_BLANK.sub(" ", next(turn)).strip() if text else "" for text in flat]

    def _run(self, arguments: list[str], content: str) -> str:
        process = subprocess.Popen(
            [self._program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            start_new_session=True,  # a shell script with a pipe of programs: ended together
        )
        try:
            out, errors = process.communicate(
                content.encode("utf-8", "replace"), timeout=self.timeout
            )
        except subprocess.TimeoutExpired:
            raise TranslatorError(
                f"apertium {' '.join(arguments)} did not answer within {self.timeout:g} s "
                "(timeout= gives it more)"
            ) from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        if process.returncode:
            said = errors.decode("utf-8", "replace").strip()
            raise TranslatorError(
                f"apertium {' '.join(arguments)} ended with code {process.returncode}"
                + (f": {said.splitlines()[-1]}" if said else "")
            )
        return out.decode("utf-8", "replace")
