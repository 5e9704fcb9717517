"""Why something was not done, as a problem with a sentence in the language of whoever asked."""

from __future__ import annotations

import logging

import msgspec

from meldkamer.access import Session
from meldkamer.desk.contract import Problem, ProblemError, problem_error
from meldkamer.desk.words import Words
from meldkamer.network import NotOwner
from meldkamer.record import Damaged
from meldkamer.response import OlderEpoch

log = logging.getLogger(__name__)


def problem_of(error: Exception) -> ProblemError | None:
    """The problem that an exception stands for; None for one that nobody foresaw."""
    match error:
        case NotOwner():
            params: dict[str, object] = {"function": error.function, "owner": error.owner}
            return ProblemError("not_owner", detail=str(error), params=params)
        case OlderEpoch():
            params = {"epoch": error.epoch, "newest": error.newest}
            return ProblemError("older_epoch", detail=str(error), params=params)
        case Damaged():
            params = {"region": error.region, "seq": error.seq}
            return ProblemError("broken", "record.damaged", str(error), params=params)
    return problem_error(error)


def in_words(error: Exception, words: Words, session: Session) -> ProblemError | None:
    """The same, with the detail as a sentence where the word lists have one."""
    known = problem_of(error)
    if known is not None:
        problem = known.problem
        said = words.say(problem.code, problem.params, session.language)
        if said or not problem.detail:
            known.problem = msgspec.structs.replace(problem, detail=said or problem.code)
    return known


def as_problem(error: Exception, words: Words, session: Session, what: str) -> Problem:
    """A problem for one act of several; an error that nobody foresaw is logged and told as such."""
    known = in_words(error, words, session)
    if known is None:
        log.error("%s failed for %s", what, session.id, exc_info=error)
        known = ProblemError("broken", detail="whether it was done is not known; look before doing it again")
    return known.problem
