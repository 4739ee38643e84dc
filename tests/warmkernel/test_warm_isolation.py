"""A forked kernel is as a fresh one: nothing left over, and nothing missing."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from warm_session import Session

import warmkernel


@pytest.fixture(scope="module")
def warm(jupyter_files: Path) -> Iterator[None]:
    with warmkernel.enabled(["pandas", "matplotlib.pyplot"]):
        yield


# what one report could leave behind for the next, one line for each way
STATE = """
import builtins, decimal, gc, json, locale, logging, os, random, resource, signal, sys
import threading, warnings
import matplotlib.pyplot as plt, numpy as np, pandas as pd
def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
def state():
    return dict(
        environ=sorted(os.environ),
        folder=os.getcwd(),
        umask=umask(),
        path=list(sys.path),
        modules="a_module" in sys.modules,
        builtins=hasattr(builtins, "a_name"),
        patched=np.mean.__name__,
        recursion=sys.getrecursionlimit(),
        signals=str(signal.getsignal(signal.SIGUSR1)),
        limits=resource.getrlimit(resource.RLIMIT_NOFILE),
        threads=sorted(t.name for t in threading.enumerate()),
        logging=logging.getLogger().level,
        filters=len(warnings.filters),
        decimals=decimal.getcontext().prec,
        locale=locale.setlocale(locale.LC_ALL),
        gc=gc.isenabled(),
        numpy_print=np.get_printoptions()["precision"],
        numpy_errors=np.geterr()["divide"],
        options=pd.get_option("display.max_rows"),
        rc=plt.rcParams["figure.dpi"],
        figures=plt.get_fignums(),
        names="mark" in globals(),
    )
print(json.dumps(state()))
"""
SPOIL = """
os.environ["A_VARIABLE"] = "1"
os.chdir("/")
os.umask(umask() ^ 1)
sys.path.insert(0, "/a/folder")
sys.modules["a_module"] = sys
builtins.a_name = 1
np.mean = np.median
sys.setrecursionlimit(5000)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_NOFILE, (600, 600))
threading.Thread(target=threading.Event().wait, name="a thread", daemon=True).start()
logging.getLogger().setLevel(5)
warnings.simplefilter("error", BytesWarning)
decimal.getcontext().prec = 5
locale.setlocale(locale.LC_NUMERIC, "C.UTF-8")
gc.disable()
np.set_printoptions(precision=3)
np.seterr(divide="ignore")
pd.set_option("display.max_rows", 7)
plt.rcParams["figure.dpi"] = 33
plt.figure()
mark = 1
print(json.dumps(state()))
"""


def test_nothing_leaks_from_one_kernel_to_the_next(
    warm: None, start: Callable[..., Session]
) -> None:
    first = start()
    before = json.loads(first.run(STATE))
    spoilt = json.loads(first.run(SPOIL))
    assert [key for key in before if spoilt[key] == before[key]] == []
    assert json.loads(start().run(STATE)) == before


UNSEEDED = """
import os, random, tempfile, uuid
import numpy as np
print(random.random(), np.random.random(), np.random.default_rng().random())
print(uuid.uuid4(), os.urandom(8).hex(), tempfile.mktemp())
"""
SEEDED = """
random.seed(6)
np.random.seed(6)
print(random.random(), np.random.random(), np.random.default_rng(6).random())
"""


def test_random_numbers_differ_between_kernels_unless_seeded(
    warm: None, start: Callable[..., Session]
) -> None:
    one, other = start(), start()
    draws = zip(one.run(UNSEEDED).split(), other.run(UNSEEDED).split(), strict=True)
    assert all(a != b for a, b in draws)
    assert one.run(SEEDED) == other.run(SEEDED)


# Two notebooks with what has gone wrong in forked kernels, or could.
FIGURES = [
    "import matplotlib.pyplot as plt, numpy as np, seaborn as sns",
    "plt.plot([1, 3, 2]);",
    "figure, axes = plt.subplots(1, 2)\naxes[0].bar(list('ab'), [1, 2])\nfigure",
    "sns.set_theme()\nrng = np.random.default_rng(0)\n"
    "sns.histplot(x=rng.normal(size=200), kde=True)\nplt.show()",
    "%config InlineBackend.figure_formats = ['retina', 'jpeg']\nplt.title('é ≥');",
    "print(plt.get_backend(), plt.isinteractive())\nprint(dict(plt.rcParams))",
    "print(sorted(get_ipython().kernel.comm_manager.targets))",
]
TABLES = [
    "import asyncio, os, sys, threading, warnings\nimport numpy as np, pandas as pd",
    "wide = pd.DataFrame(np.arange(90.0).reshape(3, 30)).add_prefix('column')\nwide",
    "print(wide)\npd.DataFrame({'a': range(100)})",
    "print(pd.get_option('display.max_columns'), pd.get_option('display.width'))",
    "from statsmodels.regression.linear_model import OLS\n"
    "from statsmodels.tsa.seasonal import STL\n"
    "rng = np.random.default_rng(1)\nx = rng.normal(size=(60, 2))\n"
    "print(OLS(x @ [1, 2] + rng.normal(size=60), x).fit().params)\n"
    "print(STL(np.arange(48) % 12 + rng.normal(size=48), period=12).fit().trend)",
    "def inverse(x):\n    return 1 / x\nlist(map(inverse, [1, 0]))",
    "warnings.warn('mind')\nwarnings.warn('old', DeprecationWarning)\nnp.log([0.0])",
    "!echo from a shell\nos.write(1, b'from below')\nprint('err', file=sys.stderr)",
    "from tqdm.auto import tqdm\nprint(tqdm.__mro__)",
    "await asyncio.sleep(0)\nprint(type(asyncio.get_running_loop()))",
    "print(sys.argv[:2], len(sys.orig_argv), sys.path, os.getcwd(), sys.flags)\n"
    "names = {'JPY_PARENT_PID', 'JUPYTER_DEFAULT_PROVISIONER_NAME'}\n"
    "print(sorted(i for i in os.environ.items() if i[0] not in names))\n"
    "print(sys.stdin.read(), os.getpgid(0) == os.getsid(0) == os.getpid())\n"
    "print(threading.Thread().name, sorted(vars(sys.modules['__main__'])))",
]
EXECUTE = """
import logging, sys
import nbformat
from nbclient import execute
logging.basicConfig()
logging.getLogger("warmkernel").setLevel("DEBUG")
for name in sys.argv[2:]:
    notebook = nbformat.read(name, as_version=4)
    execute(notebook, allow_errors=True, coalesce_streams=True)
    nbformat.write(notebook, f"{sys.argv[1]}/{name}")
"""


def executing(folder: Path, provisioner: str) -> subprocess.Popen:
    """Begin to execute the notebooks in `folder` in kernels of `provisioner`."""
    (folder / provisioner).mkdir()
    return subprocess.Popen(
        [sys.executable, "-c", EXECUTE, provisioner, "figures.ipynb", "tables.ipynb"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "JUPYTER_DEFAULT_PROVISIONER_NAME": provisioner,
            "WARMKERNEL_PRELOAD": "pandas, seaborn, statsmodels.tsa.seasonal",
        },
    )


def outputs(path: Path) -> list[list[str]]:
    """Give the outputs of each cell, without the process id in the name of its file."""
    cells = nbformat.read(path, as_version=4).cells
    number = re.compile(r"ipykernel_\d+")
    return [
        [number.sub("ipykernel_", json.dumps(o, sort_keys=True)) for o in cell.outputs]
        for cell in cells
    ]


def test_outputs_are_those_of_ordinary_kernels_byte_for_byte(tmp_path: Path) -> None:
    notebooks = {"figures.ipynb": FIGURES, "tables.ipynb": TABLES}
    for name, sources in notebooks.items():
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / name)
    modes = ("local-provisioner", "warmkernel")
    processes = [executing(tmp_path, mode) for mode in modes]
    errors = [process.communicate(timeout=300)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    assert [e.count(" forked from ") for e in errors] == [0, len(notebooks)]
    for name, sources in notebooks.items():
        ordinary, warm = (outputs(tmp_path / mode / name) for mode in modes)
        assert all(ordinary[1:])  # each cell but the imports shows something
        for source, expected, found in zip(sources, ordinary, warm, strict=True):
            assert found == expected, source
