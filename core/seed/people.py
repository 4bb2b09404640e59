"""The demo's people; all of them sign in with the same password, which is printed when the demo starts."""

from __future__ import annotations

from core.contract.views import AddressView

PASSWORD = "circulating-coin"  # noqa: S105 - of the demo, printed at every start

STAFF = ("staff@tongbao.example", "Ren Xing 任行", "en")
COLLEAGUES = (
    ("finance@tongbao.example", "Qian Li 钱莉", "zh_Hans", "finance"),
    ("risk@tongbao.example", "Zhao An 赵安", "zh_Hans", "risk"),
    ("reviewer@tongbao.example", "Sun Ming 孙明", "zh_Hans", "reviewer"),
    ("support@tongbao.example", "Zhou Jie 周洁", "zh_Hant", "support"),
)
MEMBERS = {
    "tea": (
        ("mei@tea.example", "Shen Mei 沈梅", "en", "owner"),
        ("bo@tea.example", "Liu Bo 刘波", "zh_Hans", "manager"),
        ("lan@tea.example", "Chen Lan 陈兰", "zh_Hans", "clerk"),
    ),
    "ceramics": (("yao@ceramics.example", "Yao Yuan 姚远", "zh_Hans", "owner"),),
    "cycles": (("ming@cycles.example", "Ho Ming 何明", "zh_Hant", "owner"),),
}
BUYERS = (
    ("li.lei@example.com", "Li Lei 李雷", "zh_Hans"),
    ("han.meimei@example.com", "Han Meimei 韩梅梅", "zh_Hans"),
    ("wong.ka.yan@example.com", "Wong Ka Yan 黃嘉欣", "zh_Hant"),
    ("anna.berg@example.com", "Anna Berg", "en"),
)
ADDRESSES = (
    AddressView("李雷", "13800138000", "CN", "浙江省", "杭州市", "西湖区龙井路 1 号", "3 单元 502", "310013"),
    AddressView("韩梅梅", "13900139000", "CN", "北京市", "北京市", "东城区五道营胡同 14 号", "", "100007"),
    AddressView("黃嘉欣", "21234567", "CN", "广东省", "深圳市", "南山区海德三道 88 号", "A 座 1801", "518054"),
    AddressView("Anna Berg", "13700137000", "CN", "上海市", "上海市", "Anfu Road 201", "Flat 4", "200031"),
)
