"""The OpenAPI 3.1 description, generated from the operations and the very types that check the requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from meldkamer.access import Need
from meldkamer.desk.contract.operation import Operation, is_list
from meldkamer.desk.contract.problems import KINDS, Problem

_DESCRIPTION = (
    "Times are milliseconds since 1970 UTC. Integers are written without a fraction (2, not 2.0). "
    "What an operation needs stands in its security: a right, a kind of function, or scope:<name> for machines."
)
_BODY = (400, 408, 413, 415, 422)


def describe(title: str, version: str, cookie: str, operations: Sequence[Operation]) -> dict[str, Any]:
    """The document. Rights and scopes stand in each operation's `security`, as role names of the scheme."""
    types: list[Any] = [Problem]
    for operation in operations:
        types += [_result(operation)] if _result(operation) is not None else []
        types += [operation.body] if operation.body is not None else []
        types += operation.params.values()
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    by_type = {id(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _item(operation, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": cookie},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _item(operation: Operation, schemas: dict[int, Any]) -> dict[str, Any]:
    result = _result(operation)
    done: dict[str, Any] = {"description": "done"}
    if result is not None:
        done["content"] = {"application/json": {"schema": schemas[id(result)]}}
    item: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "security": _security(operation.needs),
        "parameters": [_parameter(operation, name, schemas[id(kind)]) for name, kind in operation.params.items()],
        "responses": {str(operation.status if result is not None else 204): done},
    }
    if operation.body is not None:
        content = {"application/json": {"schema": schemas[id(operation.body)]}}
        item["requestBody"] = {"required": True, "content": content}
    problem = {"application/problem+json": {"schema": schemas[id(Problem)]}}
    for status in sorted(_statuses(operation)):
        item["responses"][str(status)] = {"description": _titles(status), "content": problem}
    return item


def _result(operation: Operation) -> Any:
    return None if operation.result is type(None) else operation.result


def _parameter(operation: Operation, name: str, schema: Any) -> dict[str, Any]:
    in_path = name in operation.in_path
    described: dict[str, Any] = {
        "name": name,
        "in": "path" if in_path else "query",
        "required": in_path or name in operation.required,
        "schema": schema,
    }
    if is_list(operation.params[name]) and not in_path:
        # An empty list and a list of one empty text look the same in a query; so who means none leaves it out.
        described |= {"style": "form", "explode": False, "schema": {**schema, "minItems": 1}}
    return described


def _security(needs: Need) -> list[dict[str, list[str]]]:
    if needs.public:
        return []
    if needs.session:
        return [{"session": []}, {"token": []}]
    if needs.person:
        return [{"session": []}]
    by_right = [{scheme: [right]} for right in sorted(needs.rights) for scheme in ("session", "token")]
    return [*by_right, *({"token": [f"scope:{scope}"]} for scope in sorted(needs.scopes))]


def _statuses(operation: Operation) -> set[int]:
    statuses = {500, 400} | {KINDS[kind][0] for kind in operation.problems}
    if operation.method != "GET":
        statuses.add(403)
    if not operation.needs.public:
        statuses |= {401, 403}
    if operation.params:
        statuses |= {413, 422}
    if operation.in_path:
        statuses.add(404)
    if operation.body is not None:
        statuses |= set(_BODY)
    return statuses


def _titles(status: int) -> str:
    titles = [title for usual, title in KINDS.values() if usual == status]
    return "; ".join(titles) or KINDS["not_valid"][1]
