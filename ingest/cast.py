"""The made-up province of the demonstration: its projects, units, people and terminals. Nothing in it is real.

Identity numbers carry an unassigned region (439999) and credit codes an unassigned division, so that no real
person or company is hit; every unit's name says 示范.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from models.rules.identity import id_check, uscc_check

CITIES = {"4301": "长沙", "4306": "岳阳", "4312": "怀化"}


@dataclass(frozen=True, slots=True)
class Site:
    """A project to be: name, kind, county code, number of contract sections, days after the first day."""

    name: str
    kind: str
    area: str
    sections: int
    after: int


SITES = (
    Site("G106浏阳大瑶至文家市段改建工程", "highway", "430181", 2, 0),
    Site("S319宁乡双江口至黄材段改建工程", "highway", "430182", 2, 3),
    Site("S209长沙县路口至开慧段改建工程", "highway", "430121", 1, 6),
    Site("湘江长沙段航道整治工程", "waterway", "430112", 1, 0),
    Site("G240平江安定至长寿段改建工程", "highway", "430626", 2, 0),
    Site("S208华容护城至东山段改建工程", "highway", "430623", 1, 9),
    Site("岳阳松阳湖港区进港航道工程", "waterway", "430603", 1, 0),
    Site("G209溆浦桥江至低庄段改建工程", "highway", "431224", 2, 0),
    Site("S250沅陵官庄至马底驿段改建工程", "highway", "431222", 2, 3),
    Site("G241会同坪村至若水段改建工程", "highway", "431225", 1, 6),
)

# posts of 附1 by kind of unit, in the order in which a team is filled
TEAMS = {
    "contractor": ("C1", "C2", "C3", "C4", "C5", "C7", "C6", "C7", "C4", "C5", "C7"),
    "supervisor": ("S1", "S2", "S3", "S5", "S7", "S7", "S6", "S7"),
    "laboratory": ("L1", "L2", "L3", "L3", "L2", "L3"),
}
SIZES = {"contractor": 11, "supervisor": 8, "laboratory": 6}

_SURNAMES = "王李张刘陈杨黄周吴徐孙胡朱高林何郭罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
_GIVEN = "伟勇军磊涛明超平刚辉鹏斌波建国华志强文武海峰云飞子轩浩宇俊杰芳娜敏静丽娟艳霞婷雪梅溁祎喆玥镕"


def person_name(chance: Random) -> str:
    """A common Chinese name; now and then with a rare character, as registers have them."""
    return chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, chance.choice((1, 2, 2))))


def id_number(chance: Random, serial: int) -> str:
    """A well-formed identity number of the unassigned region 439999, born 1962–1999, unlike any other `serial`'s."""
    first = (
        f"439999{chance.randint(1962, 1999)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}{serial % 1000:03d}"
    )
    return first + id_check(first)


def uscc(serial: int, public: bool) -> str:
    """A well-formed credit code: 12 (事业单位) for owners, 91 for companies, division 439999."""
    first = f"{'12' if public else '91'}439999{serial:09d}"
    return first + uscc_check(first)


def unit_name(kind: str, city: str, number: int) -> str:
    """长沙示范公路建设服务中心, 示范路桥第三工程有限公司, …"""
    ordinal = "一二三四五六七八九十"[number % 10] + ("分" if number >= 10 else "")
    return {
        "owner": f"{city}示范{('公路', '水运')[number % 2]}建设服务中心",
        "contractor": f"示范路桥第{ordinal}工程有限公司",
        "supervisor": f"示范交通工程监理第{ordinal}有限公司",
        "laboratory": f"示范交通检测第{ordinal}有限公司",
    }[kind]
