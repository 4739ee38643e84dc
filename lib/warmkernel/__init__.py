"""Jupyter kernels forked from a process in which the imports are done.

Within :func:`enabled`, every IPython kernel that this process starts by the default
provisioner is forked, whoever asks for it: papermill, nbclient, nbconvert, Dask. Other
programs are told by their environment or by a kernelspec (see README.md).
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

__all__ = ["begin", "disable", "enable", "enabled"]

_provisioner_before: str | None = None


def begin(preload: Iterable[str], env: Mapping[str, str]) -> None:
    """Start a warm process before a kernel is asked for, and do not wait for it.

    Nothing is done where kernels cannot be forked. :func:`disable` ends it.

    Parameters
    ----------
    preload : iterable of str
        As for :func:`enable`.
    env : mapping
        The environment that kernels will be started with, by this interpreter.
    """
    if sys.platform == "linux":
        from warmkernel.pool import begun

        begun([sys.executable], tuple(preload), dict(env), os.getcwd())


def enable(preload: Iterable[str] = ()) -> None:
    """Make warm kernels this process's default, until :func:`disable`.

    Parameters
    ----------
    preload : iterable of str
        Names of modules to import in the warm process: those that every notebook
        imports, and no other.

    Raises
    ------
    RuntimeError
        If warm kernels are enabled already.
    """
    from importlib.metadata import EntryPoint

    from jupyter_client.provisioning import KernelProvisionerFactory

    from warmkernel.provisioner import WarmProvisioner

    global _provisioner_before
    if _provisioner_before is not None:
        raise RuntimeError("warm kernels are enabled already; call disable() first")
    if isinstance(preload, str):
        raise TypeError(f"preload takes a list of module names, not {preload!r}")
    WarmProvisioner.default_preload = tuple(preload)
    # the factory reads the environment once; its attribute is read each time
    factory = KernelProvisionerFactory.instance()
    factory.provisioners.setdefault(
        "warmkernel",
        EntryPoint(
            "warmkernel",
            "warmkernel.provisioner:WarmProvisioner",
            KernelProvisionerFactory.GROUP_NAME,
        ),
    )
    _provisioner_before = factory.default_provisioner_name
    factory.default_provisioner_name = "warmkernel"


def disable() -> None:
    """Undo :func:`enable`: warm processes end, with any kernel that they still have."""
    from jupyter_client.provisioning import KernelProvisionerFactory

    from warmkernel.pool import close_all
    from warmkernel.provisioner import WarmProvisioner

    global _provisioner_before
    if _provisioner_before is not None:
        factory = KernelProvisionerFactory.instance()
        factory.default_provisioner_name = _provisioner_before
        _provisioner_before = None
        WarmProvisioner.default_preload = ()
    close_all()


@contextmanager
def enabled(preload: Iterable[str] = ()) -> Iterator[None]:
    """Make warm kernels this process's default within a ``with`` block.

    Parameters
    ----------
    preload : iterable of str
        As for :func:`enable`.

    Examples
    --------
    >>> import warmkernel
    >>> from jupyter_client.manager import run_kernel
    >>> with warmkernel.enabled(preload=["decimal"]), run_kernel() as client:
    ...     reply = client.execute_interactive("import decimal", timeout=60)
    >>> reply["content"]["status"]
    'ok'
    """
    enable(preload)
    try:
        yield
    finally:
        disable()
