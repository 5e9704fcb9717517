"""Three kinds of import rule that import-linter does not bring: the house rules are lists of what is allowed.

A rule about a package that does not exist (yet) holds. Names may carry `*`, as in a shell; a name stands for the module
and all below it.
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Iterable
from fnmatch import fnmatchcase

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


def within(module: str, packages: Iterable[str]) -> bool:
    """Whether the module is one of the packages or lies below one of them."""
    return any(fnmatchcase(module, name) or fnmatchcase(module, f"{name}.*") for name in packages)


class ListedContract(Contract):
    """What the three share: go over all direct imports and report those that the rule does not allow."""

    @abstractmethod
    def wrong(self, graph: ImportGraph, importer: str, imported: str) -> bool:
        """Whether this one import breaks the rule."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        found = []
        for importer in sorted(graph.modules):
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                if self.wrong(graph, importer, imported):
                    details = graph.get_import_details(importer=importer, imported=imported)
                    lines = ", ".join(str(detail["line_number"]) for detail in details)
                    found.append(f"{importer} imports {imported} (line {lines})")
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["found"]:
            output.print_error(line, bold=False)


class ImportsOnly(ListedContract):
    """A package imports itself, the standard library, and what is listed; nothing else."""

    type_name = "imports_only"
    source = fields.StringField()
    allowed = fields.ListField(subfield=fields.StringField())

    def wrong(self, graph: ImportGraph, importer: str, imported: str) -> bool:
        source, allowed = str(self.source), list(self.allowed)  # type: ignore[call-overload]
        if not within(importer, [source]) or within(imported, [source, *allowed]):
            return False
        return imported.partition(".")[0] not in sys.stdlib_module_names


class KnownOnlyTo(ListedContract):
    """Modules that only the listed ones (and they themselves) may import."""

    type_name = "known_only_to"
    modules = fields.ListField(subfield=fields.StringField())
    importers = fields.ListField(subfield=fields.StringField())

    def wrong(self, graph: ImportGraph, importer: str, imported: str) -> bool:
        modules, importers = list(self.modules), list(self.importers)  # type: ignore[call-overload]
        return within(imported, modules) and not within(importer, [*modules, *importers])


class PackageFaces(ListedContract):
    """A feature is imported by its package face: `from meldkamer.geo import Place`, never from a module inside it."""

    type_name = "package_faces"
    features = fields.ListField(subfield=fields.StringField())
    importers = fields.ListField(subfield=fields.StringField())

    def wrong(self, graph: ImportGraph, importer: str, imported: str) -> bool:
        features, importers = list(self.features), list(self.importers)  # type: ignore[call-overload]
        for feature in features:
            if imported != feature and within(imported, [feature]):
                return not within(importer, [feature, *importers])
        return False
