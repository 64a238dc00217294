"""Whom the demonstration is made of: units, posts, people and makes of terminals. Nobody in it is real.

Identity numbers carry an unassigned region (439999) and credit codes an unassigned division, so that no real
person or company is hit; every unit's name says 示范.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from ingest.protocols import table
from models.rules.identity import id_check, uscc_check

# posts of 附1 by kind of unit, in the order in which a team is filled; on a river nobody digs a tunnel
TEAMS = {
    "contractor": ("C1", "C2", "C3", "C7", "C4", "C5", "C7", "C6", "C4", "C7", "C5"),
    "supervisor": ("S1", "S2", "S3", "S7", "S5", "S7", "S6", "S7"),
    "laboratory": ("L1", "L2", "L3", "L3", "L2", "L3"),
}
TUNNEL = ("C6", "S6")
SIZES = {"contractor": (9, 11), "supervisor": (6, 8), "laboratory": (4, 6)}  # fewest and most of a team

HIGHWAY_CONTRACTORS, WATERWAY_CONTRACTORS, PROVINCE_WIDE = 46, 9, 6  # how many units of each sort there are


class Make(NamedTuple):
    """A make of terminals: the name its protocol has or will have here, how its serials begin."""

    brand: str
    models: tuple[str, ...]
    own: str
    serial: str
    weight: int  # how often a project buys it

    @property
    def protocol(self) -> str:
        """Its own, or our JSON while its own is not built."""
        return self.own if self.own in {dialect.name for dialect in table.DIALECTS} else "house"


MAKES = (
    Make("ZKTeco", ("SenseFace 4A", "SpeedFace-V5L", "xFace600"), "zkteco", "PYA82630", 14),
    Make("宇泛", ("Uface 5", "Uface 8-H"), "uface", "UF82630", 3),
    Make("海康威视", ("DS-K1T671M", "DS-K1T341AM"), "hikvision", "DS82630", 2),
    Make("大华", ("DH-ASI7213Y", "DH-ASI6214J"), "dahua", "DH82630", 2),
    Make("汉王", ("E356A",), "hanvon", "HW82630", 1),
)

_SURNAMES = "王李张刘陈杨黄周吴徐孙胡朱高林何郭罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
_GIVEN = "伟勇军磊涛明超平刚辉鹏斌波建国华志强文武海峰云飞子轩浩宇俊杰芳娜敏静丽娟艳霞婷雪梅溁祎喆玥镕"
_DIGITS = "一二三四五六七八九"


def person_name(chance: Random) -> str:
    """A common Chinese name; now and then with a rare character, as registers have them."""
    return chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, chance.choice((1, 2, 2))))


def id_number(chance: Random, serial: int) -> str:
    """A well-formed identity number of the unassigned region 439999, born 1962–1999, unlike any other `serial`'s.

    `serial` (below 4,000) stands in its own digits and, by thousands, in the day of birth.
    """
    day = 4 * chance.randrange(7) + serial // 1000 + 1
    first = f"439999{chance.randint(1962, 1999)}{chance.randint(1, 12):02d}{day:02d}{serial % 1000:03d}"
    return first + id_check(first)


def uscc(serial: int, public: bool) -> str:
    """A well-formed credit code: 12 (事业单位) for owners, 91 for companies, division 439999."""
    first = f"{'12' if public else '91'}439999{serial:09d}"
    return first + uscc_check(first)


def ordinal(number: int) -> str:
    """一, 十, 十一, 二十三 of 1 to 99."""
    tens, units = divmod(number, 10)
    return (("" if tens == 1 else _DIGITS[tens - 1]) + "十" if tens else "") + (_DIGITS[units - 1] if units else "")


def owner_name(city: str, kind: str) -> str:
    """长沙示范公路建设服务中心, 岳阳示范水运建设服务中心."""
    return f"{city}示范{'水运' if kind == 'waterway' else '公路'}建设服务中心"


def contractor_name(kind: str, turn: int) -> str:
    """The contractor of the `turn`-th section of a kind: the first has one only, later ones come round again."""
    number, trade = (WATERWAY_CONTRACTORS, "航务") if kind == "waterway" else (HIGHWAY_CONTRACTORS, "路桥")
    return f"示范{trade}第{ordinal(turn + 1 if turn < number else turn % number + 2)}工程有限公司"


def adviser_name(kind: str, city: str, turn: int) -> str:
    """Supervisor or laboratory: the city's own at its first project, elsewhere one that works in the whole province."""
    trade = {"supervisor": "交通工程监理", "laboratory": "交通检测"}[kind]
    return f"{city}示范{trade}有限公司" if turn == 0 else f"示范{trade}第{ordinal(turn % PROVINCE_WIDE + 1)}有限公司"
