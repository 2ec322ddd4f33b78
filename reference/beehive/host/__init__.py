"""A host for modules: registration with a core that modules.yaml governs, start and shutdown."""

from beehive.host.modules_file import ModulesFile, read_modules_file
from beehive.host.registration import AnyModule, Module, ModuleCore, Report, TaskModule

__all__ = ["AnyModule", "TaskModule", "Module", "ModuleCore", "ModulesFile", "Report", "read_modules_file"]
