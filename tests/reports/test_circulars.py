"""What a circular says: every figure of the ranking, nothing empty, nobody's name."""

from __future__ import annotations

import dataclasses
import random
import re
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from models.queries.rows import Ranking, Tally
from models.rules.parameters import law
from reports import circulars, findings, fonts
from tests.reports.ruler import (
    text,
)
from tests.reports.samples import PERSON, UNSUPERVISED, paper, ranking, silent


def test_every_figure_of_the_ranking_stands_on_the_paper(issued: PdfReader) -> None:
    given, printed = ranking(), text(issued)
    rows = [
        f"{row.place}{row.name}{row.tally.projects}{row.tally.people}{row.tally.due}{row.tally.met}"
        f"{row.tally.attendance:.1%}" for row in given.cities if row.tally.projects
    ] + [
        f"{row.place or '—'}{row.name}"
        + {"contractor": "施工", "supervisor": "监理", "laboratory": "工地试验室"}[row.kind]
        + f"{len(row.projects)}{row.people}{row.due}{row.missed}{row.attendance:.1%}"
        + f"{row.points:.1f}{row.score:.2f}{row.band}"
        for row in given.units
    ]  # fmt: skip
    assert [row for row in rows if row.replace("%", "") not in printed] == []
    total = given.total
    for figure in (f"{total.projects}个在建项目", "60家从业单位", f"{total.people}名合同人员", f"应考勤{total.due}人次",
                   f"到岗{total.met}人次", f"缺勤{total.missed}人次", f"到岗率为{total.attendance:.1%}",
                   f"考勤终端{total.terminals}台", f"在线{total.online}台", f"离线{total.offline}台",
                   f"累计扣分{given.points:.1f}分"):  # fmt: skip
        assert figure in printed


def test_the_best_and_the_worst_are_named_by_their_places(issued: PdfReader) -> None:
    placed, printed = [row for row in ranking().cities if row.place], text(issued)
    assert "、".join(row.name for row in placed[:3]) + "到岗率居全省前三位" in printed
    assert "；" + "、".join(row.name for row in placed[-3:]) + "居后三位" in printed


def test_the_best_cities_are_praised_and_the_worst_and_the_most_charged_units_blamed(issued: PdfReader) -> None:
    placed, printed = [row.name for row in ranking().cities if row.place], text(issued)
    assert "四、通报表扬和通报批评（一）予以通报表扬。" + "、".join(placed[:3]) in printed
    assert "（二）予以通报批评。" + "、".join(placed[-3:]) in printed
    heaviest = [row.name for row in findings.find(ranking(), None, 3).heaviest]
    table = printed.partition("序号单位名称类别所在项目缺勤扣分等级")[2]
    assert sorted(heaviest, key=table.index) == heaviest
    assert len(heaviest) >= findings.LISTED


def test_the_change_is_the_difference_of_the_printed_shares(issued: PdfReader) -> None:
    now, before = ranking().total.attendance, ranking(seed=2).total.attendance
    assert findings.change(0.93449, 0.92151) == Decimal("1.2")  # 93.4 − 92.2, though the shares differ by 1.298
    points = abs(Decimal(f"{now:.1%}"[:-1]) - Decimal(f"{before:.1%}"[:-1]))
    assert f"较上季度（{before:.1%}）{'上升' if now > before else '下降'}{points}个百分点" in text(issued)  # type: ignore[operator]


def test_a_city_without_supervised_projects_is_left_out(issued: PdfReader) -> None:
    assert UNSUPERVISED not in text(issued)
    assert "全省13个市（州）" in text(issued)


def test_units_with_few_windows_stand_last_without_a_place(issued: PdfReader) -> None:
    after = text(issued).partition("以下单位暂不排名")[2]
    few = [row.name for row in ranking().units if row.place is None]
    assert few
    assert all(name in after for name in few)


def test_assumed_numbers_and_the_direction_of_the_rankings_are_told(issued: PdfReader) -> None:
    printed = text(issued)
    assert printed.count("名次靠前为履约较好") == 2
    assert all(re.sub(r"\s", "", reason) in printed for reason in law().assumed())


def test_no_person_is_named(issued: PdfReader) -> None:
    assert PERSON not in text(issued)
    assert PERSON not in circulars.page(paper())


def test_sentences_without_anything_to_say_drop_out() -> None:
    nothing = Ranking("2018Q3", datetime(2018, 10, 8, tzinfo=UTC), (), (), (), Tally(), Decimal(0), "0" * 64)
    written = re.sub(r"\s|<[^>]*>", "", circulars.page(paper(ranking=nothing, before=None)).partition("<body>")[2])
    assert all(said in written for said in ("二、有关要求", "不计算到岗率", "未产生扣分"))
    assert not any(said in written for said in ("主要特点", "存在问题", "终端情况"))
    assert re.findall(r"[，、；：][。；，、]|。。|（）|None|为[，。；]", written) == []


@pytest.mark.parametrize("seed", range(40))
def test_no_clause_is_ever_empty(seed: int) -> None:
    chance = random.Random(seed)
    given = ranking(chance.randint(0, 9), seed)
    kept = given.cities[: chance.randint(0, 6)]
    thin = dataclasses.replace(given, cities=kept, points=chance.choice([Decimal(0), Decimal("3.5")]))
    before = ranking(3, seed + 1) if seed % 2 else None
    written = re.sub(r"\s|<[^>]*>", "", circulars.page(paper(ranking=thin, before=before)).partition("<body>")[2])
    assert re.findall(r"[，、；][。；，、]|。。|（）|None|为[，。；]|居[，。；]|在[，。；]", written) == []


def test_like_figures_are_told_once() -> None:
    def perfect(tally: Tally) -> Tally:
        return dataclasses.replace(tally, met=tally.due)

    given = ranking(9)
    rows = tuple(dataclasses.replace(row, place=row.place and 1, tally=perfect(row.tally)) for row in given.cities)
    own = tuple(row._replace(met=row.due, points=Decimal(0), band="AA", place=1) for row in given.units)
    best = dataclasses.replace(given, cities=rows, units=own, total=perfect(given.total), points=Decimal(0))
    said = re.sub(r"\s|<[^>]*>", "", circulars.page(paper(ranking=best, before=best)))
    assert "各市（州）到岗率均为100.0%。" in said
    assert "单位到岗率均为100.0%。" in said
    assert "到岗率为100.0%，与上季度持平。" in said
    assert "AA级9家；均未被扣分。" in said
    assert "缺勤较多" not in said.partition("有关要求")[0]


def test_a_city_has_one_annex_without_a_number(faces: fonts.Fonts) -> None:
    own = dataclasses.replace(ranking(3), cities=ranking().cities[:1])
    city = paper(area="长沙市", agency="长沙市交通运输局", ranking=own, before=None)
    printed = text(PdfReader(BytesIO(circulars.render(city, faces, silent))))
    assert "附件：2018年第三季度从业单位信用得分排名" in printed
    assert "附件1" not in printed
    assert "各市（州）到岗率排名" not in printed


def test_names_are_text_and_never_markup() -> None:
    rows = (ranking().units[0]._replace(name="<img src='http://x'>&公司"), *ranking().units[1:])
    assert "&lt;img src=" in circulars.page(paper(ranking=dataclasses.replace(ranking(), units=rows)))
