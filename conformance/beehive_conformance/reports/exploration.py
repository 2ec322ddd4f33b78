"""The lines of the report of an exploration."""

from __future__ import annotations

from collections.abc import Iterator

from beehive_conformance.generation.edge_cover import ASSUMPTION
from beehive_conformance.reports.findings import target_lines
from beehive_conformance.reports.header import header, side
from beehive_conformance.reports.schema import ExploredLine, Line
from beehive_conformance.runs.examine import Examination
from beehive_conformance.runs.explore import Bounds, ExplorationPlan


def explore_lines(examination: Examination, exploration: ExplorationPlan, bounds: Bounds) -> Iterator[Line]:
    """Yield the lines of an exploration, all but the footer."""
    longest = max(bounds.length, bounds.cover)
    yield header("explore", [side(examination)], seed=bounds.seed, length=longest, exhaustive=bounds.length)
    cover, pairs = exploration.cover, exploration.pairs
    yield ExploredLine(
        target=str(examination.target),
        alphabet=len(exploration.alphabet.steps),
        length=bounds.length,
        exhaustive=exploration.exhaustive,
        cover=bounds.cover,
        nodes=cover.nodes if cover else 0,
        edges=cover.edges() if cover else 0,
        certain=cover.edges(certain=True) if cover else 0,
        covered=cover.sizes(bounds.length)[0] if cover else 0,
        sampled=len(pairs.edges) if pairs else 0,
        paired=pairs.sizes()[0] if pairs else 0,
        shard=f"{bounds.shard}/{bounds.shards}" if bounds.shards > 1 else "",
        assumption=ASSUMPTION if cover else "",
    )
    yield from target_lines(examination)
