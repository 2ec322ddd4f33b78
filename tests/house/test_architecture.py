"""The road that docs/architecture.md shows is the one that data takes."""

import json
import re
from pathlib import Path

import msgspec
from beehive_conformance.checking.judge import VerdictKind
from beehive_conformance.judging.harness import Harness, HarnessSetup
from beehive_conformance.programs.program_file import read_program
from beehive_conformance.reports.evidence import difference_under, evidence_of
from beehive_conformance.reports.explain import step_rows
from beehive_conformance.reports.terminal import print_all, program_table
from beehive_conformance.targets.spec import TargetSpec
from beehive_spec.answers import Answers
from beehive_spec.automaton import NO_TAG, Automaton
from beehive_spec.model import Model
from sources import ROOT

TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\w*\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
FILE = ROOT / "examples" / "receiver_of_a_module_that_leaves.yaml"


def test_every_stage_prints_what_the_document_shows(tmp_path: Path) -> None:
    _, program_text, history_text, automaton_text, verdict_text, report_text = BLOCKS
    program = read_program(FILE)
    assert json.loads(program_text) == json.loads(msgspec.json.encode(program.steps))
    with Harness(HarnessSetup(TargetSpec.parse("model+receive_returns_nothing"), Answers())) as harness:
        ((_, history),) = harness.run((program,))
        judged = harness.result(program, history)
    assert history_text.encode() == msgspec.json.encode(history) + b"\n"
    assert judged.kind is VerdictKind.UNEXPLAINED
    assert verdict_text == f"unexplained in step 3: {judged.group}\n"
    automaton = Automaton(Model())
    node = automaton.root
    for step in program.steps[:3]:
        ((observation, node),) = automaton.edges(node, step, (NO_TAG,)).items()  # type: ignore[arg-type]
    ranks = ", ".join(f"rank {rank}: {result}" for rank, result, _ in observation.returned)
    assert automaton_text == f"({ranks})\n"
    path = tmp_path / "drawn"
    with path.open("w") as file:
        evidence = evidence_of(program, history, difference_under(program, history, Answers(), ()))
        print_all([program_table(tuple(step_rows(evidence)))], file)
    assert [line.strip() for line in path.read_text().splitlines()] == [
        line.strip() for line in report_text.splitlines()
    ]


def test_every_file_that_the_document_names_is_there() -> None:
    named = re.findall(r"`([a-z_]+/[a-z_/.]+)`", TEXT)
    assert named
    for name in named:
        places = (ROOT / name, ROOT / "conformance" / "beehive_conformance" / name)
        assert any(place.exists() for place in places), name
