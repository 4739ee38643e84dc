"""A browser for what only a browser can do: print a page, and be tested with it.

`find` looks for one that starts; `obtain` gets one where there is none, as far as a
program may. ``make browser`` is this module run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

COMMANDS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge", "microsoft-edge-stable", "msedge",
)  # fmt: skip
# Exact names: beside the browser lie helpers that also answer to --version.
PLAYWRIGHT = (
    "chromium*/*/chrome",
    "chromium*/*/chrome.exe",
    "chromium*/*/*.app/Contents/MacOS/Chromium",
    "chromium*/*/*.app/Contents/MacOS/Google Chrome for Testing",
    "chromium*/*/chrome-headless-shell",
    "chromium*/*/chrome-headless-shell.exe",
)
START_SECONDS = 20
DOWNLOAD_SECONDS = 600
WAYS = """There are three ways to one:
  - install Chromium, Chrome or Edge (Debian, Ubuntu: apt-get install chromium;
    macOS: brew install --cask chromium)
  - download Playwright's own: python -m playwright install chromium
  - name one that is elsewhere: BROWSER_PATH=/path/to/chrome"""


class NoBrowser(RuntimeError):
    """There is no browser that starts; the message says how to get one."""


def find() -> Path:
    """The first browser that starts: the one named, Playwright's, an installed one.

    Returns
    -------
    Path of Chromium, Chrome or Edge: ``BROWSER_PATH`` where that is set, else what
    Playwright has downloaded (newest first), else a command, else the usual places.

    Raises
    ------
    NoBrowser
        Where none starts within :data:`START_SECONDS`, or ``BROWSER_PATH`` does not:
        what was asked for is never replaced by something else.
    """
    if asked := os.environ.get("BROWSER_PATH"):
        if starts(Path(asked)):
            return Path(asked)
        raise NoBrowser(f"BROWSER_PATH={asked} is no browser that starts.\n{WAYS}")
    for path in _candidates():
        if starts(path):
            return path
    raise NoBrowser(f"No browser starts on this machine.\n{WAYS}")


def starts(path: Path) -> bool:
    """Whether a file is a program that answers to ``--version`` in time."""
    if not path.is_file():
        return False
    if sys.platform == "win32":  # there --version opens a window
        return True
    try:
        answer = subprocess.run(
            [path, "--version"], capture_output=True, timeout=START_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def obtain() -> Path:
    """A browser that starts; where there is none, one is installed.

    Playwright's own is downloaded into its cache in the home folder. Where that does
    not give one that starts (no network, libraries missing) and this is root on a
    Debian-like system, its package is installed. An installed browser costs nothing.

    Raises
    ------
    NoBrowser
        Where neither gives one; the message holds what each said.
    """
    if os.environ.get("BROWSER_PATH"):
        return find()
    said = ""
    for way in (None, _download, _package):
        said += way() if way else ""
        try:
            return find()
        except NoBrowser as error:
            none = error
    raise NoBrowser(f"{said}{none}")


def _candidates() -> Iterator[Path]:
    """Where a browser may be, in the order of preference."""
    cache = _cache()
    for pattern in PLAYWRIGHT:
        yield from sorted(cache.glob(pattern), reverse=True)
    yield from (Path(path) for path in map(shutil.which, COMMANDS) if path)
    yield from _places()


def _cache() -> Path:
    """The folder of Playwright's own browsers."""
    if named := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(named)
    home = {"darwin": "Library/Caches", "win32": "AppData/Local"}
    return Path.home() / home.get(sys.platform, ".cache") / "ms-playwright"


def _places() -> Iterator[Path]:
    """Where installers put a browser that is no command."""
    if sys.platform == "darwin":
        for root in (Path("/Applications"), Path.home() / "Applications"):
            for name in ("Google Chrome", "Chromium", "Microsoft Edge"):
                yield root / f"{name}.app/Contents/MacOS/{name}"
    elif sys.platform == "win32":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            root = Path(os.environ.get(variable, ""))
            yield root / "Google/Chrome/Application/chrome.exe"
            yield root / "Chromium/Application/chrome.exe"
            yield root / "Microsoft/Edge/Application/msedge.exe"
    else:
        yield Path("/opt/google/chrome/chrome")
        yield Path("/opt/microsoft/msedge/msedge")
        yield Path("/snap/bin/chromium")


def _download() -> str:
    """Playwright's own Chromium, into its cache; what went wrong, if anything."""
    install = ["-m", "playwright", "install", "--only-shell", "chromium"]
    return _run([sys.executable, *install])


def _package() -> str:
    """Debian's Chromium with letters to write with; what went wrong, if anything."""
    if not shutil.which("apt-get") or os.geteuid():
        return "No package was installed: only root on a Debian-like system may.\n"
    apt = ["apt-get", "--quiet", "-o", "DPkg::Lock::Timeout=300"]
    needed = ["--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
    return _run([*apt, "update"]) + _run([*apt, "install", *needed])


def _run(command: list[str]) -> str:
    """Run a command that may take long; the end of what it said, if it failed."""
    print(" ".join(command), file=sys.stderr, flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        answer = subprocess.run(
            command, env=quiet, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"{' '.join(command)}: not done after {DOWNLOAD_SECONDS} seconds\n"
    if answer.returncode == 0:
        return ""
    last = "\n".join((answer.stdout + answer.stderr).strip().splitlines()[-5:])
    return f"{' '.join(command)} failed:\n{last}\n"


def main() -> None:
    """Print the path of a browser, got if need be."""
    try:
        print(obtain())
    except NoBrowser as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
