"""The register: every record of the plan by its kind, and what a form may write in it. Nothing here writes."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from meldkamer.access import need
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.services import Services
from meldkamer.desk.steering_views import Named, named_records, roles_of
from meldkamer.steering import KINDS, FormField, Plan, addable, changeable, form_of, shown

KindName = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=r"^[a-z_]+$")]


class KindView(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of record, how many the plan has, and whether a form adds or changes them."""

    kind: str
    count: int
    add: bool
    change: bool


class RegisterView(msgspec.Struct, frozen=True, kw_only=True):
    """All records of a kind. rows: each with every field but what is sealed; locked: ids of which something is.

    options: what the fields may refer to, by kind.
    """

    kinds: tuple[KindView, ...]
    kind: str
    fields: tuple[FormField, ...]
    rows: tuple[dict[str, Any], ...]
    locked: tuple[str, ...]
    options: dict[str, tuple[Named, ...]]
    roles: tuple[Named, ...]


def add_steering_register(api: Api, services: Services) -> None:
    """Register the operation."""
    shelf, authority = services.shelf, services.authority

    @api.op("GET", "/api/steering/register", needs=need("steer"), problems=("refused", "not_found"))
    async def steering_register(request: Request, kind: KindName = "demand") -> RegisterView:
        """The records of one kind with the form that changes them, and how many there are of the other kinds."""
        authority.may_see(request.session, services.pack.manifest.national_region)
        plan = await shelf.plan()
        if kind not in KINDS:
            raise ProblemError("not_found")
        return register_view(plan, kind)


def register_view(plan: Plan, kind: str) -> RegisterView:
    """One kind of the plan's records. KeyError for a kind that there is not."""
    fields = form_of(kind)
    records = plan.of(KINDS[kind])
    wanted = {refers for field in fields for refers in field.refers if refers in KINDS}
    return RegisterView(
        kinds=tuple(
            KindView(kind=name, count=len(plan.of(of)), add=addable(name), change=changeable(name))
            for name, of in KINDS.items()
        ),
        kind=kind,
        fields=fields,
        rows=tuple(shown(record) for record in records),
        locked=tuple(record.id for record in records if getattr(record, "sealed", "")),
        options={name: named_records(plan.of(KINDS[name])) for name in sorted(wanted)},
        roles=roles_of(plan),
    )
