"""The errors of the bus: one root, and the built-in base that fits each."""

from __future__ import annotations


class BeehiveError(Exception):
    """The root of every error that the bus raises."""


class UnknownModule(BeehiveError, LookupError):
    """No module of this name is on the bus."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.module = module

    def __str__(self) -> str:
        return f"no module {self.module!r} is on the bus; add it first with add_module({self.module!r})"


class UnknownGroup(BeehiveError, LookupError):
    """No module of the bus is in a group of this name."""

    def __init__(self, group: str) -> None:
        super().__init__(group)
        self.group = group

    def __str__(self) -> str:
        return (
            f"no module is in a group {self.group!r}; "
            f"put one into it first with add_module_group(module, {self.group!r})"
        )


class ModuleExists(BeehiveError, ValueError):
    """A module of this name is on the bus already."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.module = module

    def __str__(self) -> str:
        return (
            f"a module {self.module!r} is on the bus already and stays as it is; "
            f"take another name, or remove it first with clean_up({self.module!r})"
        )


class DuplicateRequest(BeehiveError, ValueError):
    """A synchronous message with this id is still waiting for its responses."""

    def __init__(self, message_id: str) -> None:
        super().__init__(message_id)
        self.message_id = message_id

    def __str__(self) -> str:
        return (
            f"a synchronous message with the id {self.message_id!r} is still waiting for its responses; "
            "give each request a message of its own"
        )


class AlreadyRegistered(BeehiveError, ValueError):
    """Another module has registered with this name."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.module = module

    def __str__(self) -> str:
        return f"a module {self.module!r} is registered already; give each module a name of its own"


class NotAModule(BeehiveError, TypeError):
    """Something was registered that is no module: without a name, groups or a start."""


class NotRegistered(BeehiveError, LookupError):
    """Modules are enabled that have not registered."""

    def __init__(self, modules: tuple[str, ...], known: tuple[str, ...], where: str) -> None:
        super().__init__(modules, known, where)
        self.modules = modules
        self.known = known
        self.where = where

    def __str__(self) -> str:
        names = ", ".join(repr(module) for module in self.modules)
        known = ", ".join(repr(module) for module in self.known) or "none"
        return f"{self.where} enables {names}, which nobody has registered; registered are {known}"


class BadModulesFile(BeehiveError, ValueError):
    """A modules.yaml cannot be used; the text names file, line, what is wrong, and what would be right."""


class BadTimeout(BeehiveError, ValueError):
    """A timeout is neither None nor a length of time."""


class BadMessage(BeehiveError, ValueError):
    """A text is not the JSON of a message."""


class Timeout(BeehiveError, TimeoutError):
    """What was waited for did not happen in time; nothing of the call goes on afterwards."""


class WouldBlock(Timeout):
    """A call that never waits would have had to wait."""


class Closed(BeehiveError):
    """The bus has been closed."""

    def __str__(self) -> str:
        return super().__str__() or "the bus has been closed; make a new ChannelContext to go on"


class ModuleClosed(Closed):
    """Modules were removed from the bus while a call was using their channels."""

    def __init__(self, *modules: str) -> None:
        super().__init__(*modules)
        self.modules = modules

    def __str__(self) -> str:
        names = ", ".join(repr(module) for module in self.modules)
        return f"removed from the bus, their channels closed: {names}; add_module gives a new channel"
