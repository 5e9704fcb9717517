"""The country's data while rooms work: which version is in force, and what is about to change."""

from meldkamer.pack.changeable import plain
from meldkamer.response.packing.building import PackInForce
from meldkamer.response.packing.export import export_pack
from meldkamer.response.packing.keeper import PackFaults, PackKeeper, packed

__all__ = ["PackFaults", "PackInForce", "PackKeeper", "export_pack", "packed", "plain"]
