"""Where a cited sentence stands on the public page of the documents."""

from __future__ import annotations

from collections.abc import Mapping

from beehive_spec.chapters import Citation

DOCUMENT_URL = "https://kubeedge.io/docs/architecture/beehive"
"""The English edition of the page, as the website of KubeEdge publishes it."""
ANCHORS: Mapping[str, str] = {
    "overview": "beehive-overview",
    "message-format": "message-format",
    "registering": "register-module",
    "fields": "channel-context-structure-fields",
    "module-operations": "module-operations",
    "add-module": "add-module",
    "add-module-group": "add-module-to-group",
    "clean-up": "cleanup",
    "message-operations": "message-operations",
    "send": "send-to-a-module",
    "send-to-group": "send-to-a-group",
    "receive": "receive-by-a-module",
    "send-sync": "sendsync-to-a-module",
    "send-to-group-sync": "sendsync-to-a-group",
    "send-resp": "sendresp-to-a-sync-message",
}
"""The anchor of each section on that page: its English heading in lower case, with hyphens."""


def citation_url(citation: Citation) -> str:
    """Return the address of the section in which a cited sentence stands."""
    return f"{DOCUMENT_URL}#{ANCHORS[citation.section]}"
