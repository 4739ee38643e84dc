"""A JupyterLab to be driven: started, its notebooks run and asked what they show."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

from rareearth.report import ROOT

SERVER = [
    "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly", "--LabApp.expose_app_in_browser=True",
    "--KernelManager.transport=ipc",
]  # fmt: skip
# The notebook's panel, by its path: before it has the focus Lab calls none current.
PANEL = """const panel = name => [...window.jupyterapp.shell.widgets('main')]
  .find(widget => widget.context?.path === name);"""
READY = f"""async name => {{ {PANEL}
  if (!window.jupyterapp || !panel(name)) return false;
  await window.jupyterapp.restored;
  await panel(name).context.ready;
  await panel(name).sessionContext.ready;
  return panel(name).sessionContext.session?.kernel?.status === 'idle'; }}"""
# After an error the rest never runs, and "idle" may still be that of before.
DONE = f"""name => {{ {PANEL}
  const code = panel(name).content.widgets.map(cell => cell.model)
    .filter(model => model.type === 'code' && model.sharedModel.source.trim());
  const failed = model => model.outputs.toJSON().some(o => o.output_type === 'error');
  const ran = model => model.executionCount !== null && model.executionState === 'idle';
  return panel(name).sessionContext.session?.kernel?.status === 'idle'
    && (code.every(ran) || code.some(failed)); }}"""
# From the model: cells off the screen are not all in the page.
OUTPUTS = f"""name => {{ {PANEL}
  return panel(name).content.widgets.flatMap(c => c.model.toJSON().outputs ?? []); }}"""
FIRST = f"""name => {{ {PANEL}
  return panel(name).content.widgets.find(c => c.model.type === 'code')
    .model.sharedModel.source; }}"""
CHANGE = f"""([name, from, to]) => {{ {PANEL}
  const cell = panel(name).content.widgets.find(c => c.model.type === 'code');
  const model = cell.model.sharedModel;
  model.setSource(model.source.replace(from, to)); }}"""


OPEN = """async path => { await window.jupyterapp.restored;
  const file = await window.jupyterapp.commands.execute('docmanager:open', {path});
  window.jupyterapp.shell.activateById(file.id); }"""


@contextmanager
def serving(home):
    """Addresses in a JupyterLab over a copy of the notebooks.

    It has nothing of the user's, and asks nobody; its files go to the folder ``home``.
    """
    shutil.copytree(ROOT / "notebooks", home / "notebooks")  # Lab saves by itself
    folders = {
        "JUPYTER_CONFIG_PATH": ROOT / "notebooks/.jupyter",  # as make lab does
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "IPYTHONDIR": home / "ipython",
    }
    token = secrets.token_hex(16)
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *SERVER,
             f"--ServerApp.root_dir={home}",
             f"--IdentityProvider.token={token}"],
            env=os.environ | {name: str(folder) for name, folder in folders.items()},
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        url = started(server, home, token)
        yield lambda path: address(url, path, token)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


def address(url, path, token):
    """A file in a workspace of its own: resetting one races with opening it."""
    return f"{url}lab/workspaces/{secrets.token_hex(4)}/tree/{path}?token={token}"


def started(server, home, token):
    """The address at which the server answers."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None, (home / "log").read_text()
        try:
            info = (home / f"runtime/jpserver-{server.pid}.json").read_text()
            url = json.loads(info)["url"]
            urllib.request.urlopen(f"{url}api/status?token={token}", timeout=5).close()
        except (OSError, ValueError):
            time.sleep(0.05)
        else:
            return url
    raise TimeoutError((home / "log").read_text())


def opened(page, name):
    """Open a file in the Lab that is there: another would cost more than its notebook.

    What runs in it is the notebook's own kernel all the same.
    """
    page.wait_for_function("Boolean(window.jupyterapp)")
    page.evaluate(OPEN, name)


def ready(page, name):
    """Wait for the kernel of a notebook that opens, and give it the focus."""
    page.wait_for_function(READY, arg=name)
    page.locator(".jp-NotebookPanel:visible .jp-Cell").first.click()
    page.wait_for_function(
        f"name => {{ {PANEL} return window.jupyterapp.shell.currentWidget"
        " === panel(name); }",
        arg=name,
    )


def run_all(page, name):
    """Run all cells of the notebook that is open; what they show."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(DONE, arg=name)
    outputs = page.evaluate(OUTPUTS, name)
    assert not [
        output
        for output in outputs
        if output["output_type"] == "error" or output.get("name") == "stderr"
    ]
    return outputs
