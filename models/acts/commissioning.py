"""Commissioning a terminal by the unit that registered it: pictures, and the one act that says it works.

Whether punches count is decided by admission alone; this says that installation and transmission were seen to.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import func, select

from models import keys, pictures
from models.acts import events
from models.acts.registration import Unfit
from models.commissioning import Commissioning, InstallationPhoto
from models.database import At, transaction
from models.queries import commissioning
from models.rules.commissioning import Sheet, centimetres, missing, problems
from models.rules.instants import day_of, epoch_ms
from models.rules.scope import Permission, Refused, Scope
from models.terminals import Terminal

MOST = 4  # pictures of a terminal


def photograph(scope: Scope, terminal: int, content: bytes) -> int:
    """Keep a picture of an installation, cleaned and encrypted; the same picture twice is one. May raise NoPicture."""
    scope.need(Permission.REGISTER_TERMINALS)
    picture = pictures.clean(content)
    digest = hashlib.sha256(picture).digest()
    with transaction() as at:
        _open(at, scope, terminal)
        mine = InstallationPhoto.terminal_id == terminal
        same = at.session.scalar(select(InstallationPhoto.id).where(mine, InstallationPhoto.digest == digest))
        if same is not None:
            return same
        if (at.session.scalar(select(func.count()).where(mine)) or 0) >= MOST:
            raise Refused(f"{MOST} pictures are kept of a terminal: take one away first")
        sealed = keys.current().seal(picture, about=commissioning.ABOUT)
        kept = InstallationPhoto(
            terminal_id=terminal, added=at.now, added_by=scope.account, picture=sealed, digest=digest
        )
        at.session.add(kept)
        at.session.flush()
        events.record(at, scope, "add installation photo", terminal=terminal, photo=kept.id, digest=digest.hex())
        return kept.id


def discard(scope: Scope, photo: int) -> None:
    """Take a picture away that shows the wrong thing; not any more once the terminal is commissioned."""
    with transaction() as at:
        terminal = at.session.scalar(select(InstallationPhoto.terminal_id).where(InstallationPhoto.id == photo))
        _open(at, scope, terminal or 0)
        kept = at.session.get(InstallationPhoto, photo)
        if kept is not None:  # gone already when it was pressed twice
            at.session.delete(kept)
            events.record(at, scope, "discard installation photo", terminal=terminal, photo=photo)


def commission(scope: Scope, terminal: int, sheet: Sheet) -> None:
    """Say that a terminal works: every step has come, the list is complete, a picture is there. Unfit names gaps."""
    with transaction() as at:
        _open(at, scope, terminal)
        found = commissioning.one(at.session, scope, at.now, terminal)
        if found is None:
            raise Refused(f"terminal {terminal} is not in this account's territory")
        gaps = missing(found.stages) + problems(sheet, day_of(at.now)) + ([] if found.photos else ["photo"])
        if gaps:
            raise Unfit(*gaps)
        digests = select(InstallationPhoto.digest).where(InstallationPhoto.terminal_id == terminal)
        made = Commissioning(
            terminal_id=terminal,
            at=at.now,
            account_id=scope.account,
            sheet=_told(sheet),
            steps={stage.step.value: epoch_ms(stage.at) if stage.at else None for stage in found.stages},
            photos=[digest.hex() for digest in at.session.scalars(digests.order_by(InstallationPhoto.id))],
        )
        at.session.add(made)
        events.record(at, scope, "commission terminal", terminal=terminal)


def _told(sheet: Sheet) -> dict[str, object]:
    notes = {point.value: told for point in sheet.notes if (told := sheet.note(point)) and point not in sheet.ticked}
    return {
        "height_cm": centimetres(sheet.height),
        "ticked": sorted(point.value for point in sheet.ticked),
        "notes": notes,
    }


def _open(at: At, scope: Scope, terminal: int) -> None:
    """Raise Refused unless the terminal is the account's own unit's and not commissioned yet; it is locked then."""
    scope.need(Permission.REGISTER_TERMINALS)
    row = at.session.get(Terminal, terminal, with_for_update={"key_share": True})  # punches go on arriving
    if row is None or scope.unit is None or row.unit_id != scope.unit or not row.verified:
        raise Refused("a terminal is commissioned by the unit that registered it")
    if at.session.scalar(select(Commissioning.id).where(Commissioning.terminal_id == terminal)) is not None:
        raise Refused("this terminal is commissioned already")
