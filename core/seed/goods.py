"""The demo's three shops and what they sell. Prices in minor units, weights in grams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """One product. `choices` maps the values of its one option to (price, weight); empty: a single variant."""

    name: str
    shelf: str
    summary: str
    story: str
    shape: str
    hue: int
    price: int
    weight: int
    option: str = ""
    choices: tuple[tuple[str, int, int], ...] = ()
    was: int | None = None
    stock: int = 40


@dataclass(frozen=True, slots=True)
class DemoShop:
    """One shop with its look, its rates and its shelves."""

    slug: str
    name: str
    tagline: str
    about: str
    locale: str
    theme: dict[str, str]
    rates: dict[str, object]
    shelves: tuple[str, ...]
    products: tuple[DemoProduct, ...] = field(default_factory=tuple)


def _weights(base: int, *grams: int) -> tuple[tuple[str, int, int], ...]:
    """Sizes by weight: the more, the cheaper the gram."""
    return tuple(
        (f"{weight} g", round(base * weight / grams[0] * (1 - 0.06 * index) / 100) * 100, weight + 60)
        for index, weight in enumerate(grams)
    )


def _tea(name: str, shelf: str, hue: int, base: int, summary: str, story: str, **more: Any) -> DemoProduct:
    return DemoProduct(
        name, shelf, summary, story, str(more.pop("shape", "tin")), hue, base, 110,
        "Weight 净重", _weights(base, 50, 100, 250), **more,
    )  # fmt: skip


GREEN, OOLONG, BLACK, WARE = "Green tea 绿茶", "Oolong 乌龙茶", "Black & dark 红茶黑茶", "Tea ware 茶具"

TEA = DemoShop(
    slug="tea",
    name="Cloud Ridge Tea 云岭茶",
    tagline="Single-garden teas from the mists of Zhejiang, Fujian and Yunnan. 高山云雾出好茶",
    about="Three generations, four gardens, no blends. Every tin names its hill, its maker and its day of picking.",
    locale="en",
    theme={"preset": "celadon", "accent": "#2b6b5a"},
    rates={"flat_minor": 800, "free_over_minor": 19900, "weight_on": True, "first_minor": 1800, "step_minor": 500},
    shelves=(GREEN, OOLONG, BLACK, WARE),
    products=(
        _tea("West Lake Longjing 西湖龙井", GREEN, 95, 6800, "Chestnut, sweet pea, spring water.",
             "Hand-fired in an iron wok by Master Shen before Qingming. Flat leaves, pale jade liquor, a long sweet end."),
        _tea("Anji White Leaf 安吉白茶", GREEN, 80, 7600, "Pale as moonlight, rich as broth.",
             "A green tea from white-leafed bushes that bloom for three weeks a year. Brew at 80 °C, twice at most."),
        _tea("Biluochun 碧螺春", GREEN, 110, 5900, "Tight spirals, fruit blossom.",
             "Grown between plum and loquat trees on Dongting hill, so the leaf remembers their blossom."),
        _tea("Huangshan Maofeng 黄山毛峰", GREEN, 88, 4800, "Orchid and bamboo shoot.",
             "From 900 metres on the yellow mountain; downy buds with one gold fish leaf."),
        _tea("Jasmine Pearls 茉莉龙珠", GREEN, 60, 5200, "Seven nights with fresh jasmine.",
             "Rolled by hand and scented seven times. One pearl for each sip of the cup."),
        _tea("Tieguanyin 铁观音", OOLONG, 75, 4600, "Lilac, cream, a cool breath.",
             "Lightly rolled Anxi oolong, roasted for six hours over charcoal, as our grandmother did."),
        _tea("Da Hong Pao 大红袍", OOLONG, 22, 9800, "Rock, roast, dark honey.",
             "From the Wuyi cliffs. The mineral ‘rock rhyme’ stays in the mouth until the next cup."),
        _tea("Dan Cong Honey Orchid 蜜兰香单丛", OOLONG, 32, 7200, "Lychee and honey.",
             "A single bush at a time, picked in the afternoon of a dry April day."),
        _tea("Oriental Beauty 东方美人", OOLONG, 28, 8800, "Muscat, rosehip.",
             "Leaf-hoppers bit these leaves; the bush answered with honey. No sprays, or there would be none of it."),
        _tea("Keemun Haoya 祁门红茶", BLACK, 12, 5400, "Cocoa, rose, pine.",
             "Fine black twists with a golden tip. The Burgundy of teas, said a customer who should know."),
        _tea("Lapsang Souchong 正山小种", BLACK, 8, 4900, "Smoked over pine, sweet inside.",
             "Tongmu valley leaf, dried for two nights above a resin-pine fire."),
        _tea("Dian Hong Gold 滇红金芽", BLACK, 38, 5600, "All golden buds: malt and sweet potato.",
             "From 150-year-old trees near Fengqing. Takes milk, but does not ask for it."),
        DemoProduct("Ripe Pu'er Cake 2019 熟普茶饼", BLACK, "Camphor, dates, deep calm.",
                    "A 357 g cake, pressed in 2019 and stored dry in Kunming.", "cake", 18, 23800, 400, was=26800),
        DemoProduct("Aged White Cake 2016 老白茶饼", BLACK, "Hay, jujube, honey.",
                    "Fuding white tea, ten years old. Simmer it in winter.", "cake", 45, 32800, 400, stock=6),
        DemoProduct("Gaiwan, white porcelain 白瓷盖碗", WARE, "Thin rim, 110 ml.",
                    "Pours in three seconds, never burns the finger.", "bowl", 200, 8800, 320),
        DemoProduct("Glass pitcher 公道杯", WARE, "Fair cup, 250 ml.",
                    "So that the last guest drinks the same tea as the first.", "vase", 190, 5600, 260),
        DemoProduct("Bamboo scoop 茶则", WARE, "One scoop is five grams.", "Cut in autumn, dried for a year.",
                    "stick", 50, 2600, 40, stock=3),
        DemoProduct("Travel set 旅行茶具", WARE, "A pot, two cups, one bag.", "For trains, offices and mountain tops.",
                    "bowl", 160, 15800, 780, "Colour 颜色",
                    (("Ash 灰", 15800, 780), ("Indigo 靛蓝", 15800, 780), ("Persimmon 柿红", 16800, 780)), 18800),
        DemoProduct("Tea towel, ramie 苎麻茶巾", WARE, "Drinks more than it shows.", "Woven in Liuyang.", "cloth",
                    210, 1900, 60, stock=0),
        DemoProduct("Gift card letter 手写贺卡", WARE, "Your words, our brush.",
                    "We write your message by hand and send it with the tea.", "cloth", 350, 900, 0),
    ),
)  # fmt: skip

BOWLS, VASES, PLATES, STUDIO = "Bowls & cups 碗杯", "Vases 花器", "Plates 盘", "Studio 工坊"
_SIZES = (("S 小", 0, 0), ("M 中", 4000, 180), ("L 大", 9000, 420))


def _pot(
    name: str, shelf: str, shape: str, hue: int, price: int, weight: int, summary: str, **more: Any
) -> DemoProduct:
    story = f"{summary} Thrown, glazed and wood-fired in our Jingdezhen kiln; each one is a little different."
    sized = bool(more.pop("sized", False))
    choices = tuple((label, price + extra, weight + heavier) for label, extra, heavier in _SIZES) if sized else ()
    return DemoProduct(
        name, shelf, summary, story, shape, hue, price, weight, "Size 尺寸" if sized else "", choices, **more
    )


CERAMICS = DemoShop(
    slug="ceramics",
    name="Kiln & Clay 窑火集",
    tagline="景德镇手作瓷器。一窑一色，器物有温度。",
    about="我们在景德镇三宝村，一座柴窑，六个人。每月开窑两次，件件不同。",
    locale="zh_Hans",
    theme={"preset": "persimmon", "accent": "#b4561a"},
    rates={"flat_minor": 1500, "free_over_minor": 59900, "weight_on": True, "first_minor": 2200, "step_minor": 800},
    shelves=(BOWLS, VASES, PLATES, STUDIO),
    products=(
        _pot("Celadon rice bowl 青瓷饭碗", BOWLS, "bowl", 150, 9800, 320, "Ice-crackle celadon.", sized=True),
        _pot("Tenmoku tea bowl 建盏天目", BOWLS, "bowl", 20, 26800, 280, "Hare's fur in an iron-black glaze.", stock=5),
        _pot("Moon-white cup 月白杯", BOWLS, "bowl", 210, 6800, 160, "The colour of the sky before snow."),
        _pot("Blue-and-white cup 青花杯", BOWLS, "bowl", 225, 12800, 170, "Cobalt orchids by a single brush.", was=14800),
        _pot("Salt-glaze mug 盐釉马克杯", BOWLS, "bowl", 35, 8800, 380, "Orange-peel skin, a wide ear.", sized=True),
        _pot("Noodle bowl 面碗", BOWLS, "bowl", 15, 13800, 720, "Deep enough for the broth."),
        _pot("Willow bottle 柳叶瓶", VASES, "vase", 160, 36800, 900, "For one branch.", stock=3),
        _pot("Meiping 梅瓶", VASES, "vase", 215, 58800, 1600, "Shoulders of a dancer.", sized=True, stock=4),
        _pot("Bud vase 花插", VASES, "vase", 5, 7800, 240, "For what you found on the way home."),
        _pot("Ash-glaze jar 灰釉罐", VASES, "vase", 60, 42800, 1900, "The fire drew on it for three days.", stock=2),
        _pot("Copper-red vase 釉里红瓶", VASES, "vase", 355, 88800, 1500, "One in ten turns out red.", stock=1),
        _pot("Ikebana bowl 花道水盘", VASES, "bowl", 190, 32800, 2100, "Low water, tall reeds."),
        _pot("Dinner plate 平盘", PLATES, "plate", 40, 10800, 620, "Quiet rim, warm white.", sized=True),
        _pot("Fish plate 鱼盘", PLATES, "plate", 205, 16800, 980, "Long enough for the whole fish."),
        _pot("Soy dish 酱油碟", PLATES, "plate", 25, 2800, 90, "Five drops or fifty."),
        _pot("Lotus plate 荷叶盘", PLATES, "plate", 130, 19800, 760, "Its edge was pressed on a leaf.", stock=7),
        _pot("Seconds box 惊喜微瑕盒", STUDIO, "cake", 45, 19900, 2400, "Four pieces with small flaws.", was=39600),
        _pot("Clay, 5 kg 高岭土", STUDIO, "cake", 30, 6900, 5000, "Our own kaolin body."),
        _pot("Throwing tools 拉坯工具", STUDIO, "stick", 85, 12900, 450, "Seven pieces in a roll."),
        _pot("Kiln-day visit 开窑体验", STUDIO, "vase", 10, 29900, 0, "Open the kiln with us on a Sunday.", stock=12),
    ),
)  # fmt: skip

PARTS, WEAR, LIGHTS, CARE = "Parts 零件", "Riding wear 骑行服", "Lights & locks 车灯车锁", "Care 养护"


def _part(
    name: str, shelf: str, shape: str, hue: int, price: int, weight: int, summary: str, **more: Any
) -> DemoProduct:
    story = f"{summary} Tested on our own commute for a year before it came into the shop. Two years' guarantee."
    option, choices = more.pop("option", ""), more.pop("choices", ())
    return DemoProduct(name, shelf, summary, story, shape, hue, price, weight, option, choices, **more)


def _fit(price: int, weight: int) -> tuple[tuple[str, int, int], ...]:
    return tuple((size, price, weight) for size in ("S", "M", "L", "XL"))


CYCLES = DemoShop(
    slug="cycles",
    name="Ring Road Cycles 環城單車",
    tagline="Parts that last, for people who ride every day. 風雨無阻",
    about="A workshop under the viaduct. We fit what we sell and take back what does not fit.",
    locale="zh_Hant",
    theme={"preset": "indigo", "accent": "#2f4b8a", "corners": "square", "type": "sans"},
    rates={"flat_minor": 1200, "free_over_minor": 29900, "weight_on": True, "countries": "CN, HK, MO, TW"},
    shelves=(PARTS, WEAR, LIGHTS, CARE),
    products=(
        _part("Commuter wheel 通勤輪組", PARTS, "wheel", 215, 49900, 1900, "36 spokes, sealed hubs.",
              option="Size 尺寸", choices=(("26″", 46900, 1750), ("27.5″", 48900, 1850), ("700C", 49900, 1900))),
        _part("Puncture-proof tyre 防刺外胎", PARTS, "wheel", 230, 13900, 720, "Five thousand kilometres of glass.",
              option="Size 尺寸", choices=(("700×28", 13900, 640), ("700×35", 14900, 720), ("700×40", 15900, 790))),
        _part("Inner tube 內胎", PARTS, "wheel", 240, 2500, 140, "Butyl, long valve.", stock=200),
        _part("Chain, 9-speed 九速鏈條", PARTS, "stick", 40, 9800, 290, "Nickel plate, quick link."),
        _part("Saddle, leather 皮座墊", PARTS, "cloth", 22, 38800, 520, "Takes 500 km to know you."),
        _part("Grips, cork 軟木握把", PARTS, "stick", 32, 6800, 110, "Warm in January."),
        _part("Pedals, platform 平台踏板", PARTS, "cake", 0, 15800, 380, "Pins that hold in the rain."),
        _part("Rear rack 後貨架", PARTS, "stick", 210, 18800, 780, "25 kg, one key.", stock=9),
        _part("Rain cape 騎行雨披", WEAR, "cloth", 205, 21900, 330, "Covers the bars, too.", option="Size 尺碼",
              choices=_fit(21900, 330)),
        _part("Wool jersey 羊毛騎行衣", WEAR, "cloth", 350, 45900, 260, "Four seasons, no smell.", option="Size 尺碼",
              choices=_fit(45900, 260), was=52900),
        _part("Gloves, winter 冬季手套", WEAR, "cloth", 220, 16900, 140, "Two fingers can still use a phone.",
              option="Size 尺碼", choices=_fit(16900, 140)),
        _part("Helmet, city 城市頭盔", WEAR, "bowl", 195, 32900, 340, "MIPS, a light at the back.", option="Size 尺碼",
              choices=(("M", 32900, 330), ("L", 32900, 350))),
        _part("Cap 小帽", WEAR, "bowl", 12, 8900, 60, "Under the helmet or over the counter."),
        _part("Dynamo lamp 摩電燈", LIGHTS, "wheel", 48, 28900, 160, "80 lux, no battery, no excuse."),
        _part("Rear light 尾燈", LIGHTS, "cake", 355, 12900, 60, "Brake sensing, 60 hours."),
        _part("U-lock U型鎖", LIGHTS, "stick", 225, 26900, 1250, "Sold Secure Gold.", stock=4),
        _part("Folding lock 摺疊鎖", LIGHTS, "stick", 200, 31900, 980, "Lives on the bottle cage.", stock=0),
        _part("Chain oil 鏈條油", CARE, "vase", 40, 4900, 120, "Wet weather, 100 ml.", stock=80),
        _part("Tool roll 工具卷", CARE, "cloth", 28, 35900, 900, "Fourteen tools we use each day."),
        _part("Full service 全車保養", CARE, "wheel", 205, 29900, 0, "Book a morning; ride home in the evening.", stock=20),
    ),
)  # fmt: skip

SHOPS = (TEA, CERAMICS, CYCLES)
