"""Snapshots of the state of a bus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
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
    """The three maps of a bus at one moment; read-only, not updated, and can be pickled."""

    channels: Mapping[str, ChannelState]
    """The channels, by name of the module."""
    type_channels: Mapping[str, Mapping[str, ChannelState]]
    """The channels of the members, by name of the group, then of the module."""
    anon_channels: Mapping[str, RequestState]
    """The outstanding synchronous messages, by id."""

    def __reduce__(self) -> tuple[Callable[..., Snapshot], tuple[object, ...]]:
        groups = {group: dict(members) for group, members in self.type_channels.items()}
        return read_only, (dict(self.channels), groups, dict(self.anon_channels))


def read_only(
    channels: dict[str, ChannelState],
    type_channels: dict[str, dict[str, ChannelState]],
    anon_channels: dict[str, RequestState],
) -> Snapshot:
    """Return a snapshot of three maps, which the caller must not change afterwards."""
    groups = {group: MappingProxyType(members) for group, members in type_channels.items()}
    return Snapshot(MappingProxyType(channels), MappingProxyType(groups), MappingProxyType(anon_channels))
