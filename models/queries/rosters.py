"""Rosters (名单): who should be on a terminal, compared with what it was told and what it says it holds.

Whom a terminal says it holds is not sent again: a full record would blank a card or an administrator's right. Removed
is only who was put there by us, or who left a project the terminal serves and is still held under the province's
number; numbers that mean nobody are left alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.rules.commands import TAKES, Kind
from models.rules.scope import Permission, Scope

MOST = 200  # commands at once, for one terminal
MANY = 2000  # differences looked at when it is asked which terminals are due
_PROTOCOLS = [protocol for protocol, kinds in TAKES.items() if Kind.PERSON in kinds]

_DIFFERENCE = text(
    """
with here as (
    select t.id from terminal t where t.protocol = any(:protocols) and t.admitted is not null and t.disabled is null
    and t.verified and (cast(:terminal as bigint) is null or t.id = :terminal)),
wanted as (
    select distinct h.id as terminal_id, b.number, p.id as person_id, p.name
    from here h join service s on s.terminal_id = h.id and s.during @> cast(:now as timestamptz)
    join engagement e on e.project_id = s.project_id
    join appointment a on a.engagement_id = e.id and a.during @> cast(:now as timestamptz)
    join badge b on b.person_id = a.person_id and b.terminal_id is null and b.during @> cast(:now as timestamptz)
    join person p on p.id = a.person_id
    where not exists (select from badge o where o.person_id = p.id and o.terminal_id = h.id  -- has a number there
                      and o.during @> cast(:now as timestamptz))),
told as (
    select distinct on (c.terminal_id, c.number) c.terminal_id, c.number, c.person_id, c.kind, c.queued,
           c.given ->> 'name' as name, c.done is null and c.cancelled is null as open,
           coalesce(c.code >= 0 or c.code = -5000, false) as ok
    from command c join here h on h.id = c.terminal_id
    where c.kind in ('person', 'remove')
    order by c.terminal_id, c.number, c.id desc),
held as (
    select distinct on (v.terminal_id, v.said[1]) v.terminal_id, v.said[1] as number, v.received
    from terminal_event v join here h on h.id = v.terminal_id where v.name = 'person_held'
    order by v.terminal_id, v.said[1], v.received desc)
select w.terminal_id, w.number, w.person_id, w.name, false as leaves from wanted w
left join told t on t.terminal_id = w.terminal_id and t.number = w.number
left join held d on d.terminal_id = w.terminal_id and d.number = w.number
    and d.received > coalesce(t.queued, '-infinity')
where case when t.number is null then d.number is null
           when t.open then t.kind = 'remove'
           when t.kind = 'remove' then d.number is null
           when t.ok then t.name <> w.name
           else :again end
union all
select x.terminal_id, x.number, x.person_id, '', true from (
    select t.terminal_id, t.number, t.person_id from told t
    where t.kind = 'person' and (t.open or t.ok) or :again and t.kind = 'remove' and not (t.open or t.ok)
    union
    select d.terminal_id, d.number, a.person_id
    from held d join badge b on b.number = d.number and b.terminal_id is null
    join appointment a on a.person_id = b.person_id and upper(a.during) <= :now
    join engagement e on e.id = a.engagement_id
    join service s on s.terminal_id = d.terminal_id and s.project_id = e.project_id
    where not exists (select from told t where t.terminal_id = d.terminal_id and t.number = d.number)) x
where not exists (select from wanted w where w.terminal_id = x.terminal_id and w.number = x.number)
order by terminal_id, leaves, number limit :most
"""
)


class Entry(NamedTuple):
    """A person who is to be put on a terminal, or who leaves it."""

    terminal: int
    number: str
    person: int | None
    name: str
    leaves: bool


def difference(
    session: Session,
    scope: Scope,
    now: datetime,
    terminal: int | None = None,
    again: bool = False,
    most: int = MOST,
) -> list[Entry]:
    """Who is missing on a terminal (on any: None) and who left it, the first few.

    `again`: also whom it refused, and what was cancelled.
    """
    scope.need(Permission.KEEP_TERMINALS)
    given = {"protocols": _PROTOCOLS, "terminal": terminal, "now": now, "again": again, "most": most}
    return [Entry(*row) for row in session.execute(_DIFFERENCE, given)]


def due(session: Session, scope: Scope, now: datetime, most: int = 20) -> list[int]:
    """Terminals whose roster differs, a few at a time."""
    return list(dict.fromkeys(row.terminal for row in difference(session, scope, now, most=MANY)))[:most]


def unsummed(session: Session, scope: Scope, now: datetime, since: datetime, most: int = 50) -> list[int]:
    """Terminals heard of lately that were not asked since an instant how many records they hold of yesterday."""
    scope.need(Permission.KEEP_TERMINALS)
    query = text(
        "select t.id from terminal t join terminal_state s on s.terminal_id = t.id "
        "where t.protocol = any(:protocols) and t.admitted is not null and t.disabled is null and t.verified "
        "and s.last_seen > cast(:now as timestamptz) - interval '10 minutes' and not exists (select from command c "
        "  where c.terminal_id = t.id and c.kind = 'sum' and c.queued >= :since) order by t.id limit :most"
    )
    given = {"protocols": [p for p, kinds in TAKES.items() if Kind.SUM in kinds], "now": now, "since": since}
    return list(session.scalars(query, given | {"most": most}))
