"""Snapshots of the state of a bus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class ChannelState(NamedTuple):
    """The number of messages in a channel, and of calls that wait to receive from it or send to it."""

    queued: int
    receiving: int
    sending: int


class RequestState(NamedTuple):
    """The number of responses that a synchronous message waits for, and of those that have arrived."""

    expected: int
    arrived: int


class Snapshot(NamedTuple):
    """The three maps of a bus at one moment; read-only, and not updated."""

    channels: Mapping[str, ChannelState]
    """The channels, by name of the module."""
    type_channels: Mapping[str, Mapping[str, ChannelState]]
    """The channels of the members, by name of the group, then of the module."""
    anon_channels: Mapping[str, RequestState]
    """The outstanding synchronous messages, by id."""
