"""What can be seen of a bus at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class ChannelState(NamedTuple):
    """How many messages a channel holds, and how many calls wait at it."""

    queued: int
    receiving: int
    sending: int


class RequestState(NamedTuple):
    """How many responses a synchronous message waits for, and how many of them have arrived."""

    expected: int
    arrived: int


class Snapshot(NamedTuple):
    """The three maps of a bus as they were at one moment; read-only, and not changed by what comes later."""

    channels: Mapping[str, ChannelState]
    """By name of the module."""
    type_channels: Mapping[str, Mapping[str, ChannelState]]
    """By name of the group, then by name of the module."""
    anon_channels: Mapping[str, RequestState]
    """By the id of the synchronous message."""
