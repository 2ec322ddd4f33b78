"""Behaviour that clauses forbid: overlays of the model, and records of the targets that show it."""

from collections.abc import Mapping

from beehive_conformance.deviations.overlay import Affects, Overlay, OverlayName
from beehive_conformance.deviations.planted.group_requests import PLANTED_GROUP_REQUESTS
from beehive_conformance.deviations.planted.messages import PLANTED_MESSAGES
from beehive_conformance.deviations.planted.modules import PLANTED_MODULES
from beehive_conformance.deviations.planted.off_bus import PLANTED_OFF_BUS
from beehive_conformance.deviations.planted.requests import PLANTED_REQUESTS
from beehive_conformance.deviations.recorded import RECORDED

PLANTED = (*PLANTED_MODULES, *PLANTED_MESSAGES, *PLANTED_REQUESTS, *PLANTED_GROUP_REQUESTS, *PLANTED_OFF_BUS)
"""Faults that no implementation is known to have: faulty implementations for testing the suite."""

OVERLAYS: Mapping[OverlayName, Overlay] = {overlay.name: overlay for overlay in (*RECORDED, *PLANTED)}
_WORST_FIRST = tuple(Affects)

__all__ = ["OVERLAYS", "PLANTED", "Affects", "Overlay", "OverlayName", "worst_first"]


def worst_first(name: OverlayName) -> tuple[int, OverlayName]:
    """Return the key by which deviations are sorted: by what they affect, the worst first, then by name."""
    return _WORST_FIRST.index(OVERLAYS[name].affects), name
