"""The month's run: deductions of a closed month as they stand now, stored with the digest of the parameters used."""

from __future__ import annotations

from datetime import date

from models.acts import events
from models.database import exclusive, transaction
from models.deductions import Deduction, MonthRun
from models.queries import deductions as runs
from models.rules import parameters
from models.rules.deductions import deduct
from models.rules.instants import Month, Period
from models.rules.scope import Permission, Refused, Scope

MONTHS = -1  # not a project id: the lock of the months' runs


def run_month(scope: Scope, month: Month, *, unless_run: bool = False) -> int | None:
    """Compute and store a month's deductions; refused while the month is not over. A later run stands beside it.

    With `unless_run` nothing is done, and None returned, when the month has a run already: a job may be repeated.
    """
    scope.need(Permission.MAKE_PAPERS)
    if not scope.whole:
        raise Refused("the month is run for the whole province")
    with transaction() as at:
        exclusive(at.session, MONTHS)
        if at.now < month.end:
            raise Refused(f"{month} is not over yet")
        if unless_run and runs.newest(at.session, scope, month) is not None:
            return None
        law = parameters.law()
        run = MonthRun(month=date(month.year, month.number, 1), as_of=at.now, digest=law.digest)
        at.session.add(run)
        at.session.flush()
        lines = deduct(runs.missed(at.session, scope, Period(month, 1), at.now), law)
        at.session.add_all(
            Deduction(
                run_id=run.id,
                engagement_id=line.engagement,
                person_id=line.person,
                rule=line.rule,
                windows=line.windows,
                points=line.points,
            )
            for line in lines
        )
        events.record(at, scope, "run month", run=run.id, month=str(month), lines=len(lines))
        return run.id
