"""Dask as the engine of a folder job: on this machine, or on a cluster.

``augkit run --engine dask`` starts workers here, ``--engine dask:tcp://HOST:8786`` uses a cluster
whose workers see source and destination under the same paths. Extra ``[dask]``.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

from augkit.core.errors import MissingPartError

__all__ = ["DaskExecutor"]

PATIENCE = 10.0
"""Seconds to wait for a scheduler."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


class DaskExecutor(Executor):
    """A Dask client with the interface of `concurrent.futures.Executor`.

    Args:
        workers: how many processes to start; with an address, the cluster's own.
        address: of a scheduler, such as ``tcp://10.0.0.1:8786``; None starts a cluster here.

    Raises:
        MissingPartError: Dask is not installed, or the scheduler does not answer.
    """

    def __init__(self, workers: int, address: str | None = None) -> None:
        try:
            import dask
            import distributed
        except ImportError:
            raise MissingPartError(
                "the engine dask needs Dask: pip install 'augkit[dask]'"
            ) from None
        connect: Any = distributed.Client
        where: dict[str, Any] = {"address": address, "timeout": PATIENCE}
        if address is None:
            where = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
        # The job looks for the file that kills workers itself; tried again, it would kill more.
        with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
            try:
                self._client = connect(**where)
            except OSError as error:
                raise MissingPartError(f"no Dask scheduler at {address}: {error}") from None
        self._executor: Executor = self._client.get_executor(pure=False)

    def submit(
        self, function: Callable[_P, _T], /, *arguments: _P.args, **named: _P.kwargs
    ) -> Future[_T]:
        """Hand out a call."""
        return self._executor.submit(function, *arguments, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; one that was started here ends."""
        self._executor.shutdown(wait=wait)
        self._client.close()
