"""Roles from the pack: the legal walls hold whatever the data says, and duties stay apart."""

from __future__ import annotations

import msgspec
import pytest

from meldkamer.access import Roles
from meldkamer.access.roles import GIVEN
from meldkamer.pack import Pack


class Row(msgspec.Struct, frozen=True):
    code: str
    discipline: str = ""
    functions: tuple[str, ...] = ()
    compartments: tuple[str, ...] = ()


@pytest.mark.parametrize(
    "row",
    [
        Row("X", "", ("multi",), ("caller", "medical")),
        Row("X", "B", ("B.intake",), ("medical",)),
        Row("X", "P", (), ("medical",)),
        Row("X", "A", (), ("police",)),
        Row("X", "", ("P.intake", "A.intake"), ("police",)),
        Row("X", "PA", (), ("police",)),
        Row("X", "B", (), ("secret",)),
    ],
)
def test_a_pack_cannot_open_a_wall(row: Row) -> None:
    with pytest.raises(ValueError, match="X"):
        Roles.of([row])


def test_a_right_that_does_not_exist_cannot_be_given() -> None:
    with pytest.raises(ValueError, match="no right"):
        Roles.of([Row("X")], {"X": ("root",)})  # type: ignore[dict-item]


def test_only_ambulance_roles_open_medical_and_only_police_roles_police(pack: Pack, roles: Roles) -> None:
    for row in pack.roles:
        grant = roles.combined([row.code])
        assert ("medical" in grant.compartments) <= (row.discipline == "A")
        assert ("police" in grant.compartments) <= (row.discipline in ("P", "K"))


def test_the_caco_sees_every_line_but_no_wall_opens(roles: Roles) -> None:
    grant = roles.combined(["CACO"])
    assert (grant.audiences, grant.compartments, grant.disciplines) == ("PBAK", ("caller",), "")
    assert {"caco", "operate", "read", "vouch"} == grant.rights


def test_making_accounts_and_looking_over_readings_are_never_one_role(pack: Pack, roles: Roles) -> None:
    apart = [
        {"administer", "read_log"},
        {"administer", "destroy_keys"},
        {"operate", "administer"},
        {"operate", "read_log"},
    ]
    for row in pack.roles:
        rights = roles.combined([row.code]).rights
        assert not any(pair <= rights for pair in apart), row.code


def test_the_roles_that_are_given_rights_exist(roles: Roles) -> None:
    assert all(code in roles for code in GIVEN)


def test_roles_add_up_and_an_unknown_one_gives_nothing(roles: Roles) -> None:
    both = roles.combined(["AAN-A", "UIT-B", "made up"])
    assert (both.qualified, both.disciplines, both.audiences) == (("A.intake", "B.dispatch"), "BA", "BA")
    nothing = roles.combined(["made up"])
    assert not (nothing.rights or nothing.qualified or nothing.compartments or nothing.audiences)
