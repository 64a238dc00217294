"""Who may see and do what: permissions, roles, and a viewer's territory.

A role is readable: a Chinese name, one sentence, a set of permissions. An account holds role × territory
(area × project kind × unit). Every query starts from the territory, every act from the permission (design: scope).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """One thing a role may do."""

    SEE_MAP = "see map"
    SEE_PROJECTS = "see projects"
    SEE_PEOPLE = "see people unmasked"
    SEE_RANKING = "see ranking"
    SEE_TERMINALS = "see terminals"
    SEE_PAPERS = "see papers"
    MAKE_PAPERS = "make papers"
    KEEP_REGISTER = "keep registers"
    REGISTER_TERMINALS = "register terminals"
    KEEP_TERMINALS = "keep terminals"
    APPROVE = "approve requests"
    ALLOCATE = "allocate accounts"
    ADMINISTER = "administer the system"
    READ_AUDIT = "read the audit log"


P = Permission
_LOOK = frozenset({P.SEE_MAP, P.SEE_PROJECTS, P.SEE_RANKING, P.SEE_TERMINALS, P.SEE_PAPERS})


class Role(StrEnum):
    """The roles of the notice and of the three exclusive administrators."""

    LEADER = "leader"
    TECH_CENTRE = "tech_centre"
    CITY_BUREAU = "city_bureau"
    CITY_AGENCY = "city_agency"
    OWNER = "owner"
    UNIT = "unit"
    SUPPORT = "support"
    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"
    PROCESS = "process"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.LEADER: _LOOK | {P.SEE_PEOPLE},
    Role.TECH_CENTRE: _LOOK | {P.SEE_PEOPLE, P.MAKE_PAPERS, P.KEEP_REGISTER, P.REGISTER_TERMINALS, P.KEEP_TERMINALS},
    Role.CITY_BUREAU: _LOOK | {P.SEE_PEOPLE, P.MAKE_PAPERS},
    Role.CITY_AGENCY: _LOOK | {P.SEE_PEOPLE, P.APPROVE},
    Role.OWNER: _LOOK | {P.SEE_PEOPLE, P.KEEP_REGISTER, P.REGISTER_TERMINALS, P.APPROVE},
    Role.UNIT: _LOOK | {P.SEE_PEOPLE, P.KEEP_REGISTER, P.REGISTER_TERMINALS},
    Role.SUPPORT: frozenset({P.SEE_MAP, P.SEE_TERMINALS, P.REGISTER_TERMINALS, P.KEEP_TERMINALS}),
    Role.SYSTEM: frozenset({P.ADMINISTER}),
    Role.SECURITY: frozenset({P.ALLOCATE}),
    Role.AUDIT: frozenset({P.READ_AUDIT}),
    Role.PROCESS: frozenset(Permission) - {P.READ_AUDIT},
}


class Refused(Exception):
    """The viewer may not do this. The message says whom to ask."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Who is looking: role and territory. None in a dimension means the whole of it.

    `area` is a prefecture or county code (430100, 430102); a prefecture's territory holds its counties.
    `unit` limits an owner to the projects it owns and a unit to its own engagements.
    """

    account: int
    role: Role
    area: str | None = None
    kind: str | None = None
    unit: int | None = None

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[self.role]

    def need(self, permission: Permission) -> None:
        """Raise Refused unless this role has the permission."""
        if not self.may(permission):
            raise Refused(f"this account may not {permission.value}; ask the province's security administrator")

    @property
    def area_prefix(self) -> str:
        """The leading digits that all area codes of the territory share: 43, 4301 or 430102."""
        code = self.area or "430000"
        return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code

    @property
    def whole(self) -> bool:
        """Does the territory hold the whole province?"""
        return self.unit is None and self.kind is None and len(self.area_prefix) == 2


PROCESS = Scope(account=0, role=Role.PROCESS)
