"""Targets for the reference: its core, its bus for threads and its bus for asyncio, all on virtual time."""
