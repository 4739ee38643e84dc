"""The files around the code agree with each other and with their standards."""

import os
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


REPORTS = yaml.safe_load((ROOT / ".github/workflows/reports.yml").read_text())


def test_the_schedule_makes_reports_with_no_more_rights_than_it_needs():
    assert REPORTS["permissions"] == {"contents": "write", "pull-requests": "write"}
    (job,) = REPORTS["jobs"].values()
    assert "permissions" not in job and "schedule" in REPORTS[True]  # YAML's "on"
    assert "make reports" in [step.get("run") for step in job["steps"]]
    assert "secrets." not in str(REPORTS)


def test_the_schedule_opens_a_request_with_what_changed_and_else_none(tmp_path):
    """Its script is run, in a clone with a server beside it and a gh that notes."""

    def sh(script):
        environment = os.environ | {
            "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "RUNNER_TEMP": str(tmp_path),
            "BRANCH": "reports/1",
            "GIT_CONFIG_COUNT": "0",
        }
        told = subprocess.run(
            ["bash", "-ec", script],
            cwd=tmp_path / "clone",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        return told.stdout

    for name in ("bin", "clone/.venv/bin", "clone/reports/toy"):
        (tmp_path / name).mkdir(parents=True)
    for tool, does in {
        "bin/gh": f'echo "$@" > {tmp_path}/asked',
        "clone/.venv/bin/rareearth": 'echo "$@ moved"',
    }.items():
        (tmp_path / tool).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / tool).chmod(0o755)
    (tmp_path / "clone/reports/toy/README.md").write_text("before")
    sh("git init -q --bare ../server && git init -q && git remote add origin ../server")
    sh("git config user.name a && git config user.email a@b.example")
    sh("echo .venv > .gitignore && git add . && git commit -qm before")
    script = REPORTS["jobs"]["reports"]["steps"][-1]["run"]
    assert sh(script) == "Nothing changed.\n"
    assert not (tmp_path / "asked").exists()
    (tmp_path / "clone/reports/CHANGES.md").write_text("moved")
    sh(script)
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith("pr create --title Reports made again --body-file")
    assert (tmp_path / "changes.md").read_text() == "diff HEAD~1 HEAD moved\n"
    told = sh("git --git-dir ../server show --name-only --format=%s reports/1")
    assert told == "Make the reports again\n\nreports/CHANGES.md\n"


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
