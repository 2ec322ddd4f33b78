"""Adds the page of the spec to the site when it is built."""

from __future__ import annotations

from beehive_conformance.reports.spec_page.page import spec_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Return the files of the site with `spec.html`."""
    files.append(File.generated(config, "spec.html", content=spec_page()))
    return files
