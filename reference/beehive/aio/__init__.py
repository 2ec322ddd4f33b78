"""The bus for asyncio, alone or as a view of a bus that threads use as well."""

from beehive.aio.context import ChannelContext
from beehive.aio.module import ModuleHandle

__all__ = ["ChannelContext", "ModuleHandle"]
