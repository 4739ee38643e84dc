"""JupyterLab as an analyst meets it: each notebook opened, run, changed."""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.request

import pytest
from playwright.sync_api import expect

from rareearth.report import ROOT, catalogue

NUMBERED = [name for name in catalogue.notebooks(ROOT) if name[0].isdigit()]
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
  return panel(name).sessionContext.session.kernel.status === 'idle'
    && (code.every(ran) || code.some(failed)); }}"""
# From the model: cells off the screen are not all in the page.
OUTPUTS = f"""name => {{ {PANEL}
  return panel(name).content.widgets.flatMap(c => c.model.toJSON().outputs ?? []); }}"""
CHANGE = f"""([name, from, to]) => {{ {PANEL}
  const cell = panel(name).content.widgets.find(c => c.model.type === 'code');
  const model = cell.model.sharedModel;
  model.setSource(model.source.replace(from, to)); }}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Addresses in a JupyterLab that has nothing of the user's and asks nobody."""
    home = tmp_path_factory.mktemp("lab")
    folders = {f"JUPYTER_{n}_DIR": str(home / n) for n in ("CONFIG", "DATA", "RUNTIME")}
    folders |= {
        f"JUPYTERLAB_{n}_DIR": str(home / n) for n in ("SETTINGS", "WORKSPACES")
    }
    news = home / "SETTINGS/@jupyterlab/apputils-extension"
    news.mkdir(parents=True)
    file = news / "notification.jupyterlab-settings"
    file.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    token = secrets.token_hex(16)
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *SERVER,
             f"--ServerApp.root_dir={ROOT / 'notebooks'}",
             f"--IdentityProvider.token={token}"],
            env=os.environ | folders | {"IPYTHONDIR": str(home / "ipython")},
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        url = started(server, home, token)
        # A workspace of its own each time: resetting one races with opening it.
        yield (
            lambda path: (
                f"{url}lab/workspaces/{secrets.token_hex(4)}/tree/{path}?token={token}"
            )
        )
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


def started(server, home, token):
    """The address at which the server answers."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None, (home / "log").read_text()
        try:
            info = (home / f"RUNTIME/jpserver-{server.pid}.json").read_text()
            url = json.loads(info)["url"]
            urllib.request.urlopen(f"{url}api/status?token={token}", timeout=5).close()
        except (OSError, ValueError):
            time.sleep(0.05)
        else:
            return url
    raise TimeoutError((home / "log").read_text())


def opened(page, lab, name):
    """Open a notebook and wait for its kernel."""
    page.goto(lab(name))
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


def sentence(outputs):
    """The answer among what a notebook shows."""
    kind = "application/vnd.rareearth.headline+json"
    (headline,) = [o["data"][kind] for o in outputs if kind in o.get("data", {})]
    return headline["sentence"]


@pytest.mark.parametrize("name", NUMBERED)
def test_a_notebook_runs_from_top_to_bottom(page, lab, name):
    opened(page, lab, f"{name}.ipynb")
    outputs = run_all(page, f"{name}.ipynb")
    assert sentence(outputs)
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2
    expect(page.locator(".jp-RenderedImage img").first).to_be_visible()


def test_a_notebook_runs_for_another_case(page, lab):
    opened(page, lab, "01-dependency.ipynb")
    page.evaluate(CHANGE, ["01-dependency.ipynb", '"USA"', '"CAN"'])
    assert "Canada" in sentence(run_all(page, "01-dependency.ipynb"))


def test_explore_follows_the_keyboard(page, lab):
    opened(page, lab, "explore.ipynb")
    run_all(page, "explore.ipynb")
    figure = page.locator(".explore figure img")
    answer = page.locator(".explore .answer")
    recipe = page.locator(".explore pre")
    expect(answer).to_contain_text("the United States imported")
    expect(recipe).to_have_text(re.compile("rareearth report us-dependency"))
    before = figure.get_attribute("alt")

    importer = page.get_by_label("Importer")
    importer.focus()
    page.keyboard.type("Can")
    expect(answer).to_contain_text("Canada imported")
    expect(recipe.first).to_contain_text("-p importer=CAN --out canada-dependency")
    expect(recipe.last).to_contain_text('parameters = { importer = "CAN" }')
    expect(figure).not_to_have_attribute("alt", before)
    before = figure.get_attribute("alt")

    page.get_by_role("slider").last.focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    expect(recipe.last).to_contain_text("last_year = 2019")
    expect(figure).not_to_have_attribute("alt", before)
    expect(answer).to_contain_text("In 2019")
