"""A host for modules: registers them, starts those that are enabled, and shuts them down."""

from beehive.host.module import AnyModule, Module, TaskModule
from beehive.host.modules_file import ModulesFile, read_modules_file
from beehive.host.registration import ModuleCore, Report

__all__ = ["AnyModule", "TaskModule", "Module", "ModuleCore", "ModulesFile", "Report", "read_modules_file"]
