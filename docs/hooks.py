"""Adds the page of the spec to the site when it is built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from beehive_conformance.reports.spec_page.page import spec_page


def on_post_build(config: Any, **_: Any) -> None:
    """Write the page of the spec next to the other pages."""
    Path(config["site_dir"], "spec.html").write_text(spec_page(), encoding="utf-8")
