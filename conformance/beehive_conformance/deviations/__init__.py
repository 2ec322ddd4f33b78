"""The ways of behaving that clauses forbid: overlays of the model, and the records of targets known to have them."""

from collections.abc import Mapping

from beehive_conformance.deviations.overlay import Hit, Overlay, OverlayName

OVERLAYS: Mapping[OverlayName, Overlay] = {}

__all__ = ["OVERLAYS", "Hit", "Overlay", "OverlayName"]
