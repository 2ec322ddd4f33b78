"""The reference as targets: its core, its bus for threads and its bus for asyncio, on virtual time."""
