"""What runs elsewhere (the workflow, .ci/run, the hooks) calls make targets and tools that exist here."""

import re
import tomllib
from typing import Any

import pytest
import yaml
from sources import ROOT

WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text("utf-8"))
TARGETS = re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def _commands(job: dict[str, Any]) -> list[str]:
    """Return the commands of a job, one for each combination of its matrix."""
    rows = job.get("strategy", {}).get("matrix", {}).get("include", [{}])
    runs = [step["run"] for step in job["steps"] if "run" in step]
    return [run.replace("${{ matrix.target }}", row.get("target", "")) for row in rows for run in runs]


def test_the_pattern_finds_the_targets() -> None:
    assert {"test", "test-all", "compare", "docs"} <= set(TARGETS)


@pytest.mark.parametrize("job", sorted(WORKFLOW["jobs"]))
def test_a_job_of_the_workflow_runs_make_targets_only(job: str) -> None:
    commands = _commands(WORKFLOW["jobs"][job])
    assert commands
    assert [command for command in commands if command.removeprefix("make ") not in TARGETS] == []


def test_the_workflow_runs_every_tier_and_both_ends_of_the_versions() -> None:
    commands = {command for job in WORKFLOW["jobs"].values() for command in _commands(job)}
    assert commands == {f"make {name}" for name in (
        "test-all", "compare", "test-lowest", "test-newest", "docs", "test-nightly"
    )}  # fmt: skip


def test_the_workflow_tests_every_python_that_the_projects_name() -> None:
    tested = WORKFLOW["jobs"]["tests"]["strategy"]["matrix"]["python"]
    for name in ("pyproject.toml", "conformance/pyproject.toml"):
        classifiers = tomllib.loads((ROOT / name).read_text("utf-8"))["project"]["classifiers"]
        assert [each.rsplit(" ", 1)[1] for each in classifiers if re.search(r":: 3\.\d+$", each)] == tested


def test_continuous_integration_runs_make_targets_only() -> None:
    commands = re.findall(r"^make (\S+)$", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE)
    assert commands == ["test-all", "compare"]
    assert set(commands) <= set(TARGETS)


def test_every_target_that_is_described_is_phony_and_the_reverse() -> None:
    text = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    described = re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE)
    phony = re.search(r"^\.PHONY:(.*)$", text, re.MULTILINE)
    assert phony is not None
    assert sorted(phony[1].split()) == sorted(described)


def test_the_hooks_run_tools_of_the_pinned_environment() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    pinned = set(re.findall(r"^([\w-]+)==", (ROOT / "requirements/pins.txt").read_text("utf-8"), re.MULTILINE))
    entries = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    assert {entry.split()[0].removeprefix(".venv/bin/") for entry in entries} == {"ruff", "mypy"} <= pinned
    assert {repo["repo"] for repo in config["repos"]} == {"local"}


def test_every_direct_dependency_is_pinned() -> None:
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements/pins.txt").read_text("utf-8"), re.MULTILINE))
    needed: list[str] = []
    for name in ("pyproject.toml", "conformance/pyproject.toml"):
        project = tomllib.loads((ROOT / name).read_text("utf-8"))
        needed += project["project"]["dependencies"]
        needed += [each for extra in project["project"]["optional-dependencies"].values() for each in extra]
        needed += project.get("dependency-groups", {}).get("dev", [])
    names = {re.split(r"[\[<>=~ ]", each)[0].lower() for each in needed} - {"beehive-reference"}
    assert len(names) > 10
    assert names <= pinned
