"""A quarter of 2018 in two cities, made by acts: what rankings, papers, screens and neighbours are tested on."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from models.acts import accounts, attendance, processes, requests
from models.database import history
from models.rules.instants import day_start
from models.rules.scope import PROCESS, Role
from tests.cast import World, arrival, punch, wall

START, DAYS = date(2018, 7, 1), 92
ENTRIES = (
    ("leader", "省厅领导", Role.LEADER, None),
    ("centre", "厅科技信息中心", Role.TECH_CENTRE, None),
    ("changsha", "长沙市交通运输局", Role.CITY_BUREAU, "430100"),
    ("zhuzhou", "株洲市交通运输局", Role.CITY_BUREAU, "430200"),
    ("support", "技术支持", Role.SUPPORT, None),
    ("security", "安全管理员", Role.SECURITY, None),
)


def build() -> World:
    """Two projects of 长沙 and one of 株洲, four units, sixteen people of every tier, punches of differing habit."""
    processes.mark(PROCESS, "demonstration")
    with history() as past:
        past.go(day_start(START))
        made = World()
        made.project("G107长沙段", START)
        made.project("湘江航道长沙段", START, area="430112", kind="waterway")
        made.project("S219株洲段", START, area="430281")
        made.engage("甲路桥", "G107长沙段")
        made.engage("甲监理", "G107长沙段", "supervisor")
        made.engage("乙航务", "湘江航道长沙段")
        made.engage("丙检测", "S219株洲段", "laboratory")
        for unit, project, area in (
            ("甲路桥", "G107长沙段", "430181"),
            ("乙航务", "湘江航道长沙段", "430112"),
            ("丙检测", "S219株洲段", "430281"),
        ):
            made.terminal(f"T-{unit}", unit, project, START, area)
        for unit, posts in (
            ("甲路桥", ("C1", "C2", "C4", "C7")),
            ("甲监理", ("S1", "S2", "S5", "S7")),
            ("乙航务", ("C1", "C3", "C5", "C6")),
            ("丙检测", ("L1", "L2", "L3", "L3")),
        ):
            for number, post in enumerate(posts):
                made.person(f"{unit}{number}号", unit, post, START)
        _accounts(made)
        requests.approve_leave(PROCESS, made.people["甲路桥0号"], date(2018, 7, 10), date(2018, 7, 20), "年休假")
        requests.approve_halt(
            PROCESS, "stoppage", made.projects["湘江航道长沙段"], date(2018, 8, 6), date(2018, 8, 20), "汛期停工"
        )
        past.go(wall("2018-10-02T00:00:00"))
        _punches(made)
        attendance.forget_months()
    return made


def _accounts(made: World) -> None:
    for login, name, role, area in ENTRIES:
        accounts.open_account(
            PROCESS, login=login, name=name, role=role, password="Hunan-2018-Lvyue", area=area, demonstration=True
        )
    for login, role, unit in (("owner", Role.OWNER, "G107长沙段业主"), ("unit", Role.UNIT, "甲监理")):
        accounts.open_account(
            PROCESS,
            login=login,
            name=unit,
            role=role,
            password="Hunan-2018-Lvyue",
            unit=made.units[unit],
            demonstration=True,
        )


def _punches(made: World) -> None:
    """Each person punches on 0.1 to 0.9 of the days; 甲监理 uses the terminal of 甲路桥 (二(一))."""
    chance, groups = Random(7), []
    for index, (name, number) in enumerate(made.numbers.items()):
        unit = name[:3] if name[:3] != "甲监理" else "甲路桥"
        for day in range(DAYS):
            if chance.random() < (0.1, 0.3, 0.6, 0.9)[(index + index // 4) % 4]:
                at = day_start(START + timedelta(days=day)) + timedelta(hours=7, seconds=chance.randint(0, 7000))
                groups.append(arrival(f"T-{unit}", punch(number, at)))
    for low in range(0, len(groups), 300):
        attendance.intake(PROCESS, groups[low : low + 300])
