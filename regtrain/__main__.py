"""``python -m regtrain``."""

from __future__ import annotations

from regtrain.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
