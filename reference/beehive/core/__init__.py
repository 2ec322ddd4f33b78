"""The core of the bus: it does no waiting and owns every transition; what waits is built around it."""

from beehive.core.channel import Channel, Receiving
from beehive.core.parked import Parked
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
]
