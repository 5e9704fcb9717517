"""The proof for others: the statement of applicability, OSCAL, and the columns that CISO Assistant reads.

OSCAL (NIST) is written in version 1.1.2: one catalog per framework in our own wording, and one component definition of
this platform. A list that would be empty is left out, for the standard has none. Identities follow from what they name,
so that the same proof gives the same files.
"""

from __future__ import annotations

import csv
import datetime
import io
import uuid
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.steering.plan import Plan
from meldkamer.steering.proof.records import DEGREES
from meldkamer.steering.proof.report import MeasureRow, Proof, Said
from meldkamer.steering.provisions import Provision, System
from meldkamer.steering.risk import Judgement, Risk, RiskMatrix, Treatment

OSCAL_VERSION = "1.1.2"
_NAMES = uuid.UUID("b7b1a1c2-6a57-5e0d-9a41-5f1d0c1e7a11")
_STATE = {0: "--", 1: "to_do", 2: "in_progress", 3: "in_progress", 4: "active"}


def write_proof(folder: Path, plan: Plan, proof: Proof) -> list[Path]:
    """Write every export into a folder and return the files. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "verklaring-van-toepasselijkheid.csv": statement_of_applicability(proof),
        "ciso-assistant-applied-controls.csv": applied_controls(proof),
        "ciso-assistant-assets.csv": assets(plan),
        "ciso-assistant-risks.csv": risks(plan),
        "oscal-component-definition.json": _json(component_definition(plan, proof)),
    }
    for framework in proof.frameworks:
        name = f"oscal-catalog-{framework.framework.lower()}.json"
        texts[name] = _json(catalog(plan, proof, framework.framework))
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return [folder / name for name in texts]


def statement_of_applicability(proof: Proof) -> str:
    """A row per measure and party: applies or not and why, the degree, by what one sees it, what was measured."""
    head = ("measure", "framework", "name", "party", "applies", "degree_of_4", "reason", "evidence", "by", "date")
    rows: list[tuple[Any, ...]] = [(*head, "stale", "measured", "measured_share", "measured_on")]
    for row in proof.measures:
        for said in row.said:
            rows.append((row.number, row.framework, row.name, said.party, *_spoken(said), *_measured(row)))
    return _csv(rows)


def _spoken(said: Said) -> tuple[Any, ...]:
    degree = "" if said.degree is None else said.degree
    return (said.state, degree, said.reason, said.evidence, said.by, said.date or "", "yes" if said.stale else "")


def _measured(row: MeasureRow) -> tuple[Any, ...]:
    if row.seen is None:
        return ("", "", "")
    share = "not checked" if row.seen.share is None else f"{row.seen.share:.3f}"
    return (row.seen.value, share, "" if row.seen.at is None else _moment(row.seen.at))


def applied_controls(proof: Proof) -> str:
    """What CISO Assistant imports as applied controls: a row per measure and party that judged it."""
    head = ("ref_id", "name", "description", "domain", "status", "category", "priority", "csf_function", "owner")
    rows: list[tuple[Any, ...]] = [head]
    for row in proof.measures:
        for said in row.said:
            if said.degree is not None:
                id = f"{row.measure}-{said.party}"
                rows.append((id, row.name, said.evidence, said.party, _STATE[said.degree], "", "", "", said.by))
    return _csv(rows)


def assets(plan: Plan) -> str:
    """What CISO Assistant imports as assets: provisions are primary, systems support them."""
    rows: list[tuple[Any, ...]] = [("name", "description", "domain", "type")]
    rows += [(p.name, p.text, "Global", "PR") for p in plan.of(Provision)]
    rows += [(s.name, s.text, s.owner, "SP") for s in plan.of(System)]
    return _csv(rows)


def risks(plan: Plan) -> str:
    """What CISO Assistant imports as risk scenarios, semicolons between; a confidential risk is left out."""
    head = "ref_id;assets;threats;name;description;existing_controls;current_impact;current_proba;current_risk"
    head += ";additional_controls;residual_impact;residual_proba;residual_risk;treatment;justification"
    rows: list[tuple[Any, ...]] = [tuple(head.split(";"))]
    matrix = next(iter(plan.of(RiskMatrix)), None)
    for risk in plan.of(Risk):
        if risk.sealed or matrix is None:
            continue
        worst = max(
            (j for j in plan.of(Judgement) if j.risk == risk.id and j.holds),
            key=lambda j: matrix.scores[j.likelihood - 1][j.impact - 1],
            default=None,
        )
        if worst is None:
            now = ("--", "--", "--")
        else:
            score = matrix.level(matrix.scores[worst.likelihood - 1][worst.impact - 1])
            now = (matrix.impact[worst.impact - 1], matrix.likelihood[worst.likelihood - 1], score)
        after, more = ("--", "--", "--"), [t for t in plan.of(Treatment) if t.risk == risk.id]
        concerned = ",".join(plan.by_id[id].name for id in risk.concerns if isinstance(plan.by_id[id], System))  # type: ignore[attr-defined]
        about = f"{risk.cause} {risk.effect}".strip()
        names = ",".join(t.name for t in more)
        rows.append((risk.id, concerned, "", risk.name, about, "", *now, names, *after, "open", ""))
    return _csv(rows, ";")


def catalog(plan: Plan, proof: Proof, framework: str) -> dict[str, Any]:
    """An OSCAL catalog of one framework."""
    groups: dict[str, list[MeasureRow]] = {}
    for row in proof.measures:
        if row.framework == framework:
            groups.setdefault(row.number.partition(".")[0], []).append(row)
    return {
        "catalog": {
            "uuid": _id("catalog", framework, plan.manifest.version),
            "metadata": _metadata(f"{framework}, measures in our own wording; the official text holds", plan, proof),
            "groups": [
                {
                    "id": f"{framework}-{chapter}",
                    "title": f"{framework} {chapter}",
                    "controls": [
                        {
                            "id": row.measure,
                            "title": row.name_en,
                            "props": [{"name": "label", "value": row.number}],
                            "parts": [{"id": f"{row.measure}_smt", "name": "statement", "prose": row.name}],
                        }
                        for row in rows
                    ],
                }
                for chapter, rows in groups.items()
            ],
        }
    }


def component_definition(plan: Plan, proof: Proof) -> dict[str, Any]:
    """An OSCAL component definition of this platform: every measure of which the record shows something."""
    implementations = []
    for framework in proof.frameworks:
        rows = [r for r in proof.measures if r.framework == framework.framework and r.seen is not None]
        if not rows:
            continue
        implementations.append(
            {
                "uuid": _id("implementation", framework.framework, str(proof.at)),
                "source": f"oscal-catalog-{framework.framework.lower()}.json",
                "description": "What the platform shows of these measures from its own record.",
                "implemented-requirements": [_requirement(row, proof) for row in rows],
            }
        )
    component: dict[str, Any] = {
        "uuid": _id("component", "meldkamer"),
        "type": "software",
        "title": "meldkamer",
        "description": "The open platform for a network of emergency control rooms.",
    }
    if implementations:
        component["control-implementations"] = implementations
    return {
        "component-definition": {
            "uuid": _id("definition", plan.manifest.version, str(proof.at)),
            "metadata": _metadata("Control-room platform", plan, proof),
            "components": [component],
        }
    }


def _requirement(row: MeasureRow, proof: Proof) -> dict[str, Any]:
    assert row.seen is not None
    props = [{"name": "query", "value": row.query}]
    if row.seen.share is not None:
        props.append({"name": "measured-share", "value": f"{row.seen.share:.3f}"})
    if row.seen.at is not None:
        props.append({"name": "measured-on", "value": _moment(row.seen.at)})
    status = "not checked" if row.seen.share is None else "measured"
    return {
        "uuid": _id("requirement", row.measure, str(proof.at)),
        "control-id": row.measure,
        "description": f"{status}: {row.seen.value}",
        "props": props,
    }


def _metadata(title: str, plan: Plan, proof: Proof) -> dict[str, Any]:
    return {
        "title": title,
        "last-modified": _moment(proof.at),
        "version": plan.manifest.version,
        "oscal-version": OSCAL_VERSION,
    }


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_NAMES, "\x1f".join(parts)))


def _moment(at: int) -> str:
    return datetime.datetime.fromtimestamp(at / 1000, datetime.UTC).isoformat(timespec="seconds")


def _json(value: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def _csv(rows: list[tuple[Any, ...]], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: Any) -> str:
    text = str(value)
    # A spreadsheet must not take a text for a formula.
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and text != "--" else text


def degree_words(degree: float | None) -> str:
    """A degree as people read it."""
    return "not yet judged" if degree is None else f"{100 * degree:.0f}% of fully ({DEGREES})"
