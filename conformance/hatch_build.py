"""Adds the packages that lie beside this folder to the wheel; an editable installation finds them in their places."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGES = {"../spec/beehive_spec": "beehive_spec", "../gobridge/beehive_go": "beehive_go"}
"""Folders, each with the name of its package in the wheel."""


class OtherPackages(BuildHookInterface):
    """The hook that hatchling runs before it builds a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders, but not to an editable installation: it would get copies that hide the sources."""
        if version != "editable":
            build_data["force_include"].update(PACKAGES)
