"""The lines of the report of an exploration."""

from __future__ import annotations

from collections.abc import Iterator

from beehive_conformance.generation.edge_cover import ASSUMPTION
from beehive_conformance.reports.findings import target_lines
from beehive_conformance.reports.header import header, side
from beehive_conformance.reports.schema import ExploredLine, Line
from beehive_conformance.runs.examine import Examination
from beehive_conformance.runs.explore import Reach, Territory
from beehive_conformance.runs.plan import Plan


def explore_lines(examination: Examination, there: Territory, reach: Reach) -> Iterator[Line]:
    """Yield the lines of an exploration, all but the footer."""
    plan = Plan(seed=reach.seed, examples=0, length=max(reach.length, reach.cover), exhaustive=reach.length)
    yield header("explore", plan, [side(examination)])
    yield ExploredLine(
        target=examination.entry.name,
        letters=len(there.letters.steps),
        length=reach.length,
        exhaustive=there.exhaustive,
        cover=reach.cover,
        nodes=there.cover.nodes if there.cover else 0,
        edges=there.cover.edges() if there.cover else 0,
        certain=there.cover.edges(certain=True) if there.cover else 0,
        covered=there.cover.sizes(reach.length)[0] if there.cover else 0,
        sampled=len(there.pairs.edges) if there.pairs else 0,
        paired=there.pairs.sizes()[0] if there.pairs else 0,
        shard=f"{reach.shard}/{reach.shards}" if reach.shards > 1 else "",
        assumption=ASSUMPTION if there.cover else "",
    )
    yield from target_lines(examination)
