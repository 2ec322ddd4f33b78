"""The bus for asyncio, on its own or as a view of a bus for threads."""

from beehive.aio.context import ChannelContext
from beehive.aio.module import ModuleHandle

__all__ = ["ChannelContext", "ModuleHandle"]
