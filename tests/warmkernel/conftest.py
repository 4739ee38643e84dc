"""Kernels started as any program starts them, with files of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from warm_session import Session


@pytest.fixture(scope="module", autouse=True)
def jupyter_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep connection files and histories out of the user's folders."""
    folder = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
        patch.setenv("JUPYTER_PATH", str(folder / "data"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        yield folder


@pytest.fixture
def start() -> Iterator[Callable[..., Session]]:
    """Give a function that starts a kernel, which ends with the test."""
    sessions: list[Session] = []

    def started(*args: Any, **options: Any) -> Session:
        sessions.append(Session(*args, **options))
        return sessions[-1]

    yield started
    for session in sessions:
        session.close()
