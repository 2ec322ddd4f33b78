"""What each place in the diagrams means."""

from __future__ import annotations

from collections.abc import Mapping

PLACES: Mapping[str, str] = {
    "start": "The operation was called and has found nothing yet; clean_up may have left some groups already.",
    "turn": "The operation has to wait until the operation before it, of the same client, has returned.",
    "end": "The operation has ended: it has returned, with or without an error, or its background work is over.",
    "join": "add_module_group has found the channel of the module; the group does not lead to it yet.",
    "leave": "clean_up has removed the module from `channels`; groups may still have it.",
    "close": "clean_up has removed the module everywhere; its channel is still open.",
    "closed": "clean_up has closed the channel of the module; the core may still have its registration.",
    "put": "The operation has found the channel, and its message is not in it yet.",
    "spread": "The message is not yet in the channel of every module of the group, or waits for room in some.",
    "fill": "A channel of the group was full; the message is still put into those that have room.",
    "full": "A channel of the group was full, and the operation is about to end with an error.",
    "room": "The operation waits for room in a channel.",
    "sent": "The message was put into the channel, or waits for room there without delaying its operation.",
    "shut": "The channel was closed before the operation could put its message there, or take one out.",
    "absent": "receive has found no module, and waits until there is one.",
    "idle": "The call has found nothing to send to, and waits for its timeout.",
    "take": "receive has found the channel, and has taken nothing out of it yet.",
    "reserve": "The call has found nothing to send to; the id of its message is not in `anonChannels` yet.",
    "enter": "The id of the message is not in `anonChannels` yet.",
    "listen": "The id is in `anonChannels`; the call has not yet looked for a response.",
    "await": "The operation waits for a message or a response; a sleeping client waits for its time to pass.",
    "got": "A message or a response was handed to the operation, and it is about to return with it.",
    "count": "The message was sent to the group; the call has not yet begun to wait for responses.",
    "collect": "The call waits until enough responses have arrived.",
    "cut": "A channel in which the message waited for room was closed while the call collected responses.",
    "late": "The timeout is over; the call is about to end with an error.",
    "done": "The call has all responses and is about to return; its message is not yet left where it was not put.",
    "register": "modules.yaml was read, and none, some or all of the modules have tried to register.",
    "open": "A module was put into the map of modules, and is about to get a channel by that.",
}
"""One sentence for each place that the rules name; `turn` is in no diagram, since any operation may begin there."""
