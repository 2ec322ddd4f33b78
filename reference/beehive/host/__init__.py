"""A host for modules: registers them, starts those that are enabled, and shuts them down."""

from beehive.host.modules_file import ModulesFile, read_modules_file
from beehive.host.registration import AnyModule, Module, ModuleCore, Report, TaskModule

__all__ = ["AnyModule", "TaskModule", "Module", "ModuleCore", "ModulesFile", "Report", "read_modules_file"]
