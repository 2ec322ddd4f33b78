"""Adds the spec to the site when it is built: the page, the JSON document, and its schema."""

from __future__ import annotations

from beehive_conformance.reports.spec_page.data import spec_json, spec_schema
from beehive_conformance.reports.spec_page.page import spec_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Return the files of the site with `spec.html`, `spec.json` and `spec.schema.json`."""
    files.append(File.generated(config, "spec.html", content=spec_page()))
    files.append(File.generated(config, "spec.json", content=spec_json()))
    files.append(File.generated(config, "spec.schema.json", content=spec_schema()))
    return files
