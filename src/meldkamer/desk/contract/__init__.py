"""The thin contract between HTTP and the product: typed handlers, checked requests, RFC 9457 problems, OpenAPI 3.1.

An operation says what it needs (`PUBLIC`, `SESSION`, rights or scopes) or it cannot be registered; the layer enforces
that before it looks at anything else, and bounds every request while it arrives.
"""

from meldkamer.desk.contract.body import JSON, MAX_BODY, MAX_DISCARDED, read_body
from meldkamer.desk.contract.layer import PROBLEM, Api, problem_response
from meldkamer.desk.contract.operation import Operation, Request
from meldkamer.desk.contract.problems import KINDS, Problem, ProblemError, no_session, not_valid, problem_error

__all__ = [
    "JSON",
    "KINDS",
    "MAX_BODY",
    "MAX_DISCARDED",
    "PROBLEM",
    "Api",
    "Operation",
    "Problem",
    "ProblemError",
    "Request",
    "no_session",
    "not_valid",
    "problem_error",
    "problem_response",
    "read_body",
]
