"""The sentences of the documents: the position of each, and a hash that reveals a change."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

SECTIONS = {
    "概述": "overview",
    "消息格式": "message-format",
    "注册模块": "registering",
    "channel上下文结构字段": "fields",
    "模块操作": "module-operations",
    "添加模块": "add-module",
    "将模块添加到组中": "add-module-group",
    "CleanUp": "clean-up",
    "消息操作": "message-operations",
    "发送给模块": "send",
    "发送给一组": "send-to-group",
    "通过模块接收": "receive",
    "SendSync到模块": "send-sync",
    "SendSync到组": "send-to-group-sync",
    "SendResp到同步消息": "send-resp",
}
"""Headings of the Chinese text, each with the name of its section in the spec."""

_END = "本文分享自"
_LIST_MARK = re.compile(r"^(?:[•*-]\s+|\d+\.\s+)")


class Sentence(NamedTuple):
    """One bullet, numbered line, paragraph or line of an example."""

    section: str
    number: int
    hash: str


def sentence_hash(text: str) -> str:
    """Return the first 12 hex digits of SHA-256 over the NFC text, white space collapsed, list mark removed."""
    collapsed = " ".join(unicodedata.normalize("NFC", text).split())
    return hashlib.sha256(_LIST_MARK.sub("", collapsed).encode()).hexdigest()[:12]


def sentences(document: str) -> Iterator[Sentence]:
    """Yield the sentences of the text of a document, from the first known heading to the end of the article."""
    section = ""
    number = 0
    for line in document.splitlines():
        text = line.strip()
        if text.startswith(_END):
            return
        if text in SECTIONS:
            section, number = SECTIONS[text], 0
        elif text and section:
            number += 1
            yield Sentence(section, number, sentence_hash(text))
