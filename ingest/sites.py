"""Where the demonstration builds: made-up projects on real roads and rivers of all 14 prefectures, and how each keeps.

Nothing here is reported of a real project: names say which stretch, figures are drawn by chance.
"""

from __future__ import annotations

from typing import NamedTuple


class City(NamedTuple):
    """A prefecture: its name in units' names, where its weather comes from, how many of its people are lax."""

    name: str
    weather: str
    lax: float  # share of people who punch when it suits them


class Site(NamedTuple):
    """A project to be. Shares of the demonstration's days: when supervision starts, when it is handed over."""

    name: str
    kind: str
    area: str  # the county where it lies
    sections: int
    starts: float = 0.0
    ends: float | None = None
    hosted: bool = False  # the owner's terminal of its other project in the county serves this one too


CITIES = {
    "4301": City("长沙", "湘中", 0.00),
    "4302": City("株洲", "湘中", 0.04),
    "4303": City("湘潭", "湘中", 0.01),
    "4304": City("衡阳", "湘南", 0.09),
    "4305": City("邵阳", "湘中", 0.22),
    "4306": City("岳阳", "湘北", 0.04),
    "4307": City("常德", "湘北", 0.01),
    "4308": City("张家界", "湘西", 0.06),
    "4309": City("益阳", "湘北", 0.10),
    "4310": City("郴州", "湘南", 0.03),
    "4311": City("永州", "湘南", 0.29),
    "4312": City("怀化", "湘西", 0.17),
    "4313": City("娄底", "湘中", 0.45),
    "4331": City("湘西", "湘西", 0.52),
}

SITES = (
    Site("G106浏阳大瑶至文家市段改建工程", "highway", "430181", 2),
    Site("S319宁乡双江口至黄材段改建工程", "highway", "430182", 3),
    Site("S209长沙县路口至开慧段改建工程", "highway", "430121", 1, 0.07),
    Site("湘江长沙段航道整治工程", "waterway", "430112", 2),
    Site("S309浏阳枨冲至镇头段改建工程", "highway", "430181", 1, 0.02, hosted=True),
    Site("G106攸县网岭至酒埠江段改建工程", "highway", "430223", 2),
    Site("S333醴陵泗汾至浦口段改建工程", "highway", "430281", 1, 0.1),
    Site("湘江株洲渌口段航道整治工程", "waterway", "430212", 1),
    Site("G107湘潭县易俗河至谭家山段改建工程", "highway", "430321", 2),
    Site("湘江湘潭易家湾段航道整治工程", "waterway", "430304", 1),
    Site("G107耒阳黄市至公平段改建工程", "highway", "430481", 2),
    Site("S214常宁荫田至西岭段改建工程", "highway", "430482", 2, 0.03),
    Site("湘江衡东大源渡库区航道整治工程", "waterway", "430424", 1),
    Site("G320洞口竹市至江口段改建工程", "highway", "430525", 2),
    Site("G207邵阳县塘渡口至白仓段改建工程", "highway", "430523", 2),
    Site("S315邵东廉桥至流光岭段改建工程", "highway", "430582", 1, 0.2),
    Site("G240平江安定至长寿段改建工程", "highway", "430626", 3),
    Site("S208华容护城至东山段改建工程", "highway", "430623", 1, 0.1),
    Site("岳阳松阳湖港区进港航道工程", "waterway", "430603", 1),
    Site("S210汨罗长乐至川山坪段改建工程", "highway", "430681", 1),
    Site("G207石门皂市至夹山段改建工程", "highway", "430726", 2),
    Site("S302澧县复兴至盐井段改建工程", "highway", "430723", 2),
    Site("G319桃源郑家驿至茶庵铺段改建工程", "highway", "430725", 2, 0.05),
    Site("沅水汉寿鲇鱼口段航道整治工程", "waterway", "430722", 1),
    Site("G353慈利岩泊渡至零阳段改建工程", "highway", "430821", 2),
    Site("S306桑植瑞塔铺至陈家河段改建工程", "highway", "430822", 2, 0.04),
    Site("G207安化梅城至仙溪段改建工程", "highway", "430923", 2),
    Site("S225南县茅草街至乌嘴段改建工程", "highway", "430921", 1),
    Site("资水益阳至甘溪港航道整治工程", "waterway", "430902", 2),
    Site("G106汝城暖水至土桥段改建工程", "highway", "431026", 2),
    Site("S214宜章梅田至岩泉段改建工程", "highway", "431022", 1),
    Site("资兴东江湖库区航道整治工程", "waterway", "431081", 1, 0.4),
    Site("G207道县梅花至寿雁段改建工程", "highway", "431124", 2),
    Site("G322东安白牙市至紫溪市段改建工程", "highway", "431122", 1),
    Site("湘江永州至衡阳航道工程祁阳段", "waterway", "431181", 1),
    Site("G209溆浦桥江至低庄段改建工程", "highway", "431224", 2),
    Site("S250沅陵官庄至马底驿段改建工程", "highway", "431222", 2),
    Site("G241会同坪村至若水段改建工程", "highway", "431225", 1, 0.0, 0.62),
    Site("沅水辰溪段航道整治工程", "waterway", "431223", 1),
    Site("G207涟源蓝田至伏口段改建工程", "highway", "431382", 2),
    Site("G354新化洋溪至曹家段改建工程", "highway", "431322", 2),
    Site("G352永顺芙蓉镇至石堤段改建工程", "highway", "433127", 2),
    Site("G209凤凰沱江至阿拉营段改建工程", "highway", "433123", 1, 0.15),
    Site("酉水保靖段航道整治工程", "waterway", "433125", 1),
)
