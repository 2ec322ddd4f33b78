"""The ways of behaving that clauses forbid: overlays of the model, and the records of targets known to have them."""

from collections.abc import Mapping

from beehive_conformance.deviations.overlay import Hit, Overlay, OverlayName
from beehive_conformance.deviations.overlays import KNOWN

OVERLAYS: Mapping[OverlayName, Overlay] = {overlay.name: overlay for overlay in KNOWN}

__all__ = ["OVERLAYS", "Hit", "Overlay", "OverlayName"]
