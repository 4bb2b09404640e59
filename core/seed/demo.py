"""Builds the demo through the same services that people use: shops, goods, then a month of trade on a moved clock."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, current_app
from sqlalchemy import select

from core.base import clock
from core.base.config import Config
from core.base.database import db
from core.base.transactions import end_read
from core.catalog.categories import create_category
from core.catalog.details import OptionDetails, ProductDetails, VariantDetails
from core.catalog.images import add_image
from core.catalog.models import Variant
from core.catalog.service import create_product
from core.contract.contributions import Simulator
from core.contract.runtime import registry
from core.parties.factors import EVERYBODY, vouch_for
from core.parties.models import Membership, Person
from core.parties.service import register_customer, register_member, set_role
from core.parties.totp import begin_totp, code_of, confirm_totp
from core.payments.accounts import add_bank_account
from core.seed import office
from core.seed.codes import demo_secret
from core.seed.desk import fill_desk
from core.seed.goods import SHOPS, DemoProduct, DemoShop
from core.seed.habits import look_in, settle_figures, take_habits, use_plugins, withdraw_weekly
from core.seed.offers import make_offers
from core.seed.papers import FOOD_SHELVES, exempt_a_dealer, set_up_papers
from core.seed.people import BUYERS, MEMBERS, PASSWORD, STAFF
from core.seed.pictures import picture
from core.seed.presents import give_presents, put_on_shelf
from core.seed.programs import connect_programs
from core.seed.site import furnish_site
from core.seed.standing import verify_people
from core.seed.stockroom import furnish
from core.seed.trade import Trader
from core.shops.models import Merchant
from core.shops.service import open_shop, set_plugin, update_shop

DAYS = 30
HOURS_BACK = (9, 5, 1)
"""When in a day things happen: so many hours before this moment of the day."""
READY_SECONDS_MAX = 30
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stall:
    """A shop of the demo once it is open."""

    merchant_id: str
    owner_id: str
    customers: tuple[str, ...]


def is_empty() -> bool:
    """Whether nobody has opened a shop here yet."""
    empty = db.session.scalar(select(Merchant.id).limit(1)) is None
    end_read()
    return empty


def build(say: Say, days: int = DAYS) -> None:
    """Make the whole demo with so many days of trade. `say` is told of each step."""
    with vouch_for(EVERYBODY):
        _build(say, days)
        give_second_factors()


def _build(say: Say, days: int) -> None:
    admin_id = register_member(email=STAFF[0], name=STAFF[1], password=PASSWORD, locale=STAFF[2], staff_role="admin")
    staff = office.colleagues()
    stalls = [_open(shop, say) for shop in SHOPS]
    owners = {stall.merchant_id: (stall.owner_id, shop.name) for stall, shop in zip(stalls, SHOPS, strict=True)}
    verify_people(owners)
    say("people and organisations are verified, or wait for it")
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    config: Config = app.config["TONGBAO"]
    simulators = registry().simulators
    if not simulators:
        say("no way to pay is loaded: the demo has no orders")
        return
    with running(simulators, config.port, say):
        traders = [
            Trader(app, stall.merchant_id, stall.owner_id, stall.customers, simulators, random.Random(index))
            for index, stall in enumerate(stalls)
        ]
        _trade(traders, simulators, say, days)
        for trader in traders:
            give_presents(trader)
        say("gift cards: bought for friends, one waits for its day")
    for stall in stalls:
        fill_desk(stall.merchant_id, stall.owner_id)
    for index, stall in enumerate(stalls):
        look_in(stall.merchant_id, random.Random(index))
        use_plugins(stall.merchant_id, random.Random(index))
        withdraw_weekly(stall.merchant_id, stall.owner_id)
    settle_figures()
    say("figures: visits counted, days that are over closed")
    office.limits(staff["risk"], admin_id)
    office.proposals([(stall.merchant_id, stall.owner_id) for stall in stalls], staff["finance"])
    say("office: proposals wait for a second person")


def give_second_factors() -> None:
    """Whoever works for the platform or withdraws money gets an authenticator app whose codes the demo knows."""
    owners = select(Membership.person_id).where(Membership.role == "owner")
    people = db.session.execute(
        select(Person.id, Person.email)
        .where(Person.staff_role.is_not(None) | Person.id.in_(owners))
        .order_by(Person.id)
    ).all()
    end_read()
    for person_id, email in people:
        secret = begin_totp(person_id, secret=demo_secret(email))
        confirm_totp(person_id, code_of(secret), password=PASSWORD, address="127.0.0.1")


def _trade(traders: list[Trader], simulators: tuple[Simulator, ...], say: Say, days: int) -> None:
    """Day by day on a moved clock, ours and the simulators' alike."""
    dice = random.Random(days)
    for day in range(days, -1, -1):
        for part, hours in enumerate(HOURS_BACK):
            ahead = timedelta(days=-day, hours=-hours, minutes=-dice.randrange(1, 50))
            for simulator in simulators:
                simulator.set_clock(ahead)
            with clock.moved(ahead):
                for trader in traders:
                    trader.work(morning=part == 0, last=day == 0)
        if day % 10 == 0:
            say(f"trade: {days - day} of {days} days")
    for simulator in simulators:
        simulator.set_clock(timedelta(0))


@contextmanager
def running(simulators: tuple[Simulator, ...], port: int, say: Say) -> Iterator[None]:
    """Run every simulator as a process of its own for the time of the block."""
    processes = [
        subprocess.Popen(  # noqa: S603 - our own commands
            [sys.executable, "-m", "core.cli", *simulator.command(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ),
        )
        for simulator in simulators
    ]
    try:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not all(simulator.ready() for simulator in simulators):
            if time.monotonic() > deadline or any(process.poll() is not None for process in processes):
                raise RuntimeError("a simulator did not start; is its port taken?")
            time.sleep(0.1)
        say("simulators are up: " + ", ".join(simulator.name for simulator in simulators))
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(10)


def _open(shop: DemoShop, say: Say) -> Stall:
    people = {
        role: register_member(email=email, name=name, password=PASSWORD, locale=locale)
        for email, name, locale, role in MEMBERS[shop.slug]
    }
    merchant_id = open_shop(
        shop.slug,
        shop.name,
        currency="CNY",
        owner_person_id=people["owner"],
        locale=shop.locale,
        tagline=shop.tagline,
        about=shop.about,
        contact_email=f"hello@{shop.slug}.example",
        theme=shop.theme,
        tax_ppm=130_000,
    )
    for role, person_id in people.items():
        if role != "owner":
            set_role(merchant_id, person_id, role)
    update_shop(merchant_id, auto_release_days=7, actor_id=None)
    if registry().manifest("logistics") is not None:
        set_plugin(merchant_id, "logistics", enabled=True, settings=shop.rates, actor_id=None)
    shelves = {
        name: create_category(merchant_id, name=name, position=position) for position, name in enumerate(shop.shelves)
    }
    food = set_up_papers(merchant_id, shop.slug, people["owner"])
    # The newest stands first in a shop, so the first of the list comes last.
    put_on_shelf(merchant_id, shop.slug)
    for index, product in reversed(list(enumerate(shop.products))):
        _stock(merchant_id, shop.slug, product, shelves[product.shelf], index, food)
    make_offers(merchant_id, shelves)
    add_bank_account(
        merchant_id,
        holder=shop.name,
        bank_name="Bank of Hangzhou 杭州银行",
        bank_code="313331000014",
        number=f"622202020011{SHOPS.index(shop) + 1}234",
        actor_id=people["owner"],
    )
    customers = tuple(
        register_customer(merchant_id, email=email, name=name, password=PASSWORD, locale=locale)
        for email, name, locale in BUYERS
    )
    exempt_a_dealer(merchant_id, customers[-1], people["owner"])
    furnish(merchant_id, people["owner"])
    take_habits(merchant_id, shop.slug, people["owner"])
    connect_programs(merchant_id, shop.slug, people["owner"])
    furnish_site(merchant_id, tuple(email for email, _name, _locale in BUYERS[:2]))
    say(f"{shop.slug}: {len(shop.products)} products")
    return Stall(merchant_id, people["owner"], customers)


def _stock(merchant_id: str, slug: str, product: DemoProduct, shelf_id: str, index: int, food: str | None) -> None:
    choices = product.choices or (("", product.price, product.weight),)
    product_id = create_product(
        merchant_id,
        ProductDetails(
            name=product.name,
            summary=product.summary,
            description_html=f"<p>{product.story}</p>",
            vendor=slug.title(),
            tags=("new",) if index % 5 == 0 else (),
            tax_category_id=food if product.shelf in FOOD_SHELVES else None,
        ),
        options=(OptionDetails(product.option, tuple(label for label, _p, _w in choices)),) if product.choices else (),
        variants=[
            VariantDetails(
                price_minor=price,
                option_values=(label,) if label else (),
                sku=f"{slug[:3].upper()}-{index + 1:02d}" + (f"-{number + 1}" if label else ""),
                compare_at_minor=product.was if number == 0 else None,
                weight_grams=weight,
                requires_shipping=weight > 0,
                on_hand=product.stock,
            )
            for number, (label, price, weight) in enumerate(choices)
        ],
        category_ids=[shelf_id],
    )
    add_image(merchant_id, product_id, picture(product.name, product.shape, product.hue), alt=product.name)
    if index % 4 == 0:
        near = picture(product.name, product.shape, product.hue, close=True)
        add_image(merchant_id, product_id, near, alt=product.name)


def variants_for_sale(merchant_id: str) -> list[str]:
    """The ids of everything that can be put into a cart."""
    found = list(db.session.scalars(select(Variant.id).where(Variant.merchant_id == merchant_id, Variant.active)))
    end_read()
    return sorted(found)
