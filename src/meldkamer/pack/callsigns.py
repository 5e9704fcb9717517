"""Call signs of the demonstration fleet.

Fire (RR-PPTV): region, station, type digit, serial: 17-0131 is Rotterdam, station 01, first
engine. Ambulance: RR-1NN, care ambulances RR-2NN, special RR-9NN. Police and KMar have no
published form; ours is REGION-base-serial (RT-1712-01, KM-03-01). All are unique in the country.
"""

from __future__ import annotations

from meldkamer.pack.codes import UnitKind
from meldkamer.pack.model import Pack

FIRE_TYPES = {"WO": 1, "OR": 1, "IBGS": 2, "TS": 3, "TS4": 4, "RV": 5, "HW": 5, "SB": 6, "GW": 6, "HV": 7}
OFFICER_TYPE = 9
AMBULANCE_HUNDREDS = {"AMB": 1, "AMB-Z": 2}
SPECIAL_HUNDRED = 9


class CallSigns:
    """Hands out the next free call sign; one instance per fleet."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._used: dict[str, int] = {}

    def next(self, base: str, safety_region: str, kind: UnitKind) -> str:
        """The next call sign for a unit of ``kind`` at ``base`` (``17-B03``).

        Raises ValueError when a serial outgrows its digits: more units than the form can name.
        """
        station = int(base.rpartition("-")[2][1:])
        safety = self._pack.safety_region[safety_region]
        if kind.discipline == "B":
            digit = FIRE_TYPES.get(kind.code, OFFICER_TYPE)
            return self._number(f"{safety.call_sign_prefix}-{station:02d}{digit}", 9, 1)
        if kind.discipline == "A":
            hundred = AMBULANCE_HUNDREDS.get(kind.code, SPECIAL_HUNDRED)
            return self._number(f"{safety.call_sign_prefix}-{hundred}", 99, 2)
        if kind.discipline == "P":
            # Bases are numbered per safety region; a room with several would give one number twice.
            return self._number(f"{safety.region}-{safety.number:02d}{station:02d}-", 99, 2)
        return self._number(f"KM-{station:02d}-", 99, 2)

    def _number(self, stem: str, most: int, width: int) -> str:
        serial = self._used.get(stem, 0) + 1
        if serial > most:
            raise ValueError(f"no call sign left after {stem}{most:0{width}d}")
        self._used[stem] = serial
        return f"{stem}{serial:0{width}d}"
