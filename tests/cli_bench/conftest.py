"""A module's scenarios, played side by side against one server whose figures are known."""

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from tests.cli_bench.command import SERVER, side_by_side
from tests.truth.build import TruthServer


@pytest.fixture(scope="module")
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[None]]]:
    """The outcomes of the module's ``SCENARIOS``, by name."""
    with TruthServer(ttft_ms=20, itl_ms=2) as server:
        SERVER.append(server)
        with side_by_side(request.module.SCENARIOS, tmp_path_factory.mktemp("scenarios")) as futures:
            yield futures
        SERVER.clear()
