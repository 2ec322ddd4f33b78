"""The core of the bus: all state and every transition, without any waiting."""

from beehive.core.channel import Channel, Receiving
from beehive.core.parked import WITHIN, Parked
from beehive.core.sending import Broadcast, GroupRequest, ModuleRequest, Sending
from beehive.core.snapshot import ChannelState, RequestState, Snapshot
from beehive.core.transitions import FROM_BUS, Core, ModuleCapacity

__all__ = [
    "Broadcast",
    "Channel",
    "ChannelState",
    "Core",
    "FROM_BUS",
    "ModuleCapacity",
    "GroupRequest",
    "ModuleRequest",
    "Parked",
    "Receiving",
    "RequestState",
    "Sending",
    "Snapshot",
    "WITHIN",
]
