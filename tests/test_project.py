"""The files around the code agree with each other and with their standards."""

import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import rareearth
from rareearth.report import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = [
    Requirement(line) for line in (ROOT / "requirements.lock").read_text().splitlines()
]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def direct():
    """The dependencies of pyproject.toml, those of its extras too."""
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(r) for rs in (PROJECT["dependencies"], *extras) for r in rs]


def run(*words):
    """A tool of the environment."""
    told = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("workflow", [path.name for path in WORKFLOWS])
def test_a_workflow_is_one(workflow):
    run(
        "check_jsonschema",
        "--builtin-schema=vendor.github-workflows",
        f".github/workflows/{workflow}",
    )


def test_ci_runs_all_tests_and_nothing_weaker():
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    steps = ci["jobs"]["test"]["steps"]
    assert "make test" in [step.get("run") for step in steps]
    assert not [step for step in steps if "continue-on-error" in step or "if" in step]


def test_ci_runs_on_each_python_that_is_supported():
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    pythons = ci["jobs"]["test"]["strategy"]["matrix"]["python"]
    supported = SpecifierSet(PROJECT["requires-python"])
    assert pythons == [v for v in (f"3.{n}" for n in range(30)) if v in supported]


def test_the_citation_is_one_and_of_this_version():
    run(
        "check_jsonschema",
        "--builtin-schema=vendor.citation-file-format",
        "CITATION.cff",
    )
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == rareearth.__version__
    assert citation["license"] == PROJECT["license"]


def test_pre_commit_runs_the_tools_of_the_lock_and_fetches_none():
    run("pre_commit", "validate-config", ".pre-commit-config.yaml")
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert all(hook["entry"].startswith(".venv/bin/") for hook in hooks)


def test_the_lock_pins_every_direct_dependency_in_its_range():
    pinned = {}
    for requirement in LOCK:
        pinned.setdefault(requirement.name, []).append(requirement.specifier)
    for requirement in direct():
        versions = [str(s).removeprefix("==") for s in pinned[requirement.name]]
        assert all(v in requirement.specifier for v in versions), requirement


def test_the_lock_holds_exact_versions_and_no_address():
    assert all(re.fullmatch(r"==[\w.]+", str(line.specifier)) for line in LOCK)
    assert not [line for line in LOCK if line.url]


def test_conda_installs_the_lock_on_the_same_pythons():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, pip, rest = conda["dependencies"]
    assert Requirement(python).specifier == SpecifierSet(PROJECT["requires-python"])
    assert pip == "pip"
    assert rest == {"pip": ["-r requirements.lock", "-e ."]}


def test_the_makefile_says_the_same_of_pythons():
    first, last = re.search(
        r"\(3, (\d+)\) <= sys\.version_info\[:2\] <= \(3, (\d+)\)",
        (ROOT / "Makefile").read_text(),
    ).groups()
    supported = SpecifierSet(PROJECT["requires-python"])
    in_range = [n for n in range(30) if f"3.{n}" in supported]
    assert (int(first), int(last)) == (in_range[0], in_range[-1])
