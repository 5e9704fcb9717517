"""Why run cards cannot be used."""

from __future__ import annotations

from pathlib import Path

from meldkamer.pack import Fault


class RunCardError(ValueError):
    """The cards cannot be used. faults: every mistake."""

    def __init__(self, folder: Path, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        lines = [f"run cards {folder}: {len(faults)} fault{'' if len(faults) == 1 else 's'}"]
        super().__init__("\n".join(lines + [f"  {_said(f)}" for f in faults]))


def _said(fault: Fault) -> str:
    line = f", line {fault.row}" if fault.row else ""
    field = f", field {fault.column}" if fault.column else ""
    return f"{fault.file}{line}{field}: {fault.message}"
