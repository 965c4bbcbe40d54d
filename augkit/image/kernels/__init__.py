"""What works on pixels: compiled functions, a file for each kind of pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

if TYPE_CHECKING:
    from augkit.image.kernels import (
        blend as blend,
    )
    from augkit.image.kernels import (
        clahe as clahe,
    )
    from augkit.image.kernels import (
        filter as filter,
    )
    from augkit.image.kernels import (
        histogram as histogram,
    )
    from augkit.image.kernels import (
        matrix as matrix,
    )
    from augkit.image.kernels import (
        motion as motion,
    )
    from augkit.image.kernels import (
        noise as noise,
    )
    from augkit.image.kernels import (
        normalize as normalize,
    )
    from augkit.image.kernels import (
        power as power,
    )
    from augkit.image.kernels import (
        salt as salt,
    )
    from augkit.image.kernels import (
        sharpen as sharpen,
    )
    from augkit.image.kernels import (
        shot as shot,
    )
    from augkit.image.kernels import (
        table as table,
    )
else:
    # Each brings numba, so it comes when a transform that needs it first runs. From then on
    # ``kernels.noise`` costs nothing, where an ``import`` inside of a function takes a microsecond.
    __getattr__, __dir__ = lazily(
        "augkit.image.kernels",
        {
            "": (
                "blend",
                "clahe",
                "filter",
                "histogram",
                "matrix",
                "motion",
                "noise",
                "normalize",
                "power",
                "salt",
                "sharpen",
                "shot",
                "table",
            )
        },
    )
