"""The errors of the bus. All are derived from `BeehiveError`, and most also from the built-in error that fits."""

from __future__ import annotations


class BeehiveError(Exception):
    """Base class of all errors that the bus raises."""


class UnknownModule(BeehiveError, LookupError):
    """No module with this name is on the bus."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.module = module

    def __str__(self) -> str:
        return f"no module {self.module!r} is on the bus; add it with add_module({self.module!r}) first"


class UnknownGroup(BeehiveError, LookupError):
    """No group with this name has members."""

    def __init__(self, group: str) -> None:
        super().__init__(group)
        self.group = group

    def __str__(self) -> str:
        return (
            f"no group {self.group!r} has members; "
            f"add a module to it with add_module_group(module, {self.group!r}) first"
        )


class ModuleExists(BeehiveError, ValueError):
    """A module with this name is already on the bus."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.module = module

    def __str__(self) -> str:
        return (
            f"a module {self.module!r} is already on the bus and was not replaced; "
            f"choose another name or remove the module with clean_up({self.module!r}) first"
        )


class DuplicateRequest(BeehiveError, ValueError):
    """A synchronous message with this id is still waiting for responses."""

    def __init__(self, message_id: str) -> None:
        super().__init__(message_id)
        self.message_id = message_id

    def __str__(self) -> str:
        return (
            f"a synchronous message with the id {self.message_id!r} is still waiting for responses; "
            "send a new message for each request"
        )


class AlreadyRegistered(BeehiveError, ValueError):
    """Another module is registered under this name."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.module = module

    def __str__(self) -> str:
        return f"a module {self.module!r} is already registered; give each module its own name"


class NotAModule(BeehiveError, TypeError):
    """A registered object lacks a name, groups or a start method."""


class NotRegistered(BeehiveError, LookupError):
    """Enabled modules have not been registered."""

    def __init__(self, modules: tuple[str, ...], known: tuple[str, ...], where: str) -> None:
        super().__init__(modules, known, where)
        self.modules = modules
        self.known = known
        self.where = where

    def __str__(self) -> str:
        names = ", ".join(repr(module) for module in self.modules)
        known = ", ".join(repr(module) for module in self.known) or "none"
        return f"{self.where} enables unregistered modules: {names}; registered modules: {known}"


class WrongType(BeehiveError, TypeError):
    """An argument has the wrong type; the text says what would be right. Nothing has changed."""


class BadModulesFile(BeehiveError, ValueError):
    """A modules.yaml is invalid; the text names the file, the line, the problem and what was expected."""


class BadTimeout(BeehiveError, ValueError):
    """A timeout is negative or NaN."""


class BadMessage(BeehiveError, ValueError):
    """A message cannot be read from JSON or written as JSON."""


class Timeout(BeehiveError, TimeoutError):
    """A call did not finish within its timeout; it has no effect after this error."""


class WouldBlock(Timeout):
    """A call that must not wait would have had to wait."""


class Closed(BeehiveError):
    """The bus has been closed."""

    def __str__(self) -> str:
        return super().__str__() or "the bus has been closed; create a new ChannelContext"


class ModuleClosed(Closed):
    """Modules were removed from the bus while a call was using their channels."""

    def __init__(self, *modules: str) -> None:
        super().__init__(*modules)
        self.modules = modules

    def __str__(self) -> str:
        names = ", ".join(repr(module) for module in self.modules)
        return f"removed from the bus while in use: {names}; add_module creates a new channel"
