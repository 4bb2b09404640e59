from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from core.base.money import PPM
from core.discounts.rules import KINDS, Goods, Offer, _together, grant, reached

PRODUCTS = st.sampled_from(["tea", "cup", "pot"])
SCOPES = st.none() | st.frozensets(PRODUCTS, min_size=1, max_size=2)
GOODS = st.lists(st.builds(Goods, PRODUCTS, st.integers(1, 9), st.integers(0, 9_999)), min_size=1, max_size=5)
OFFERS = st.lists(
    st.builds(
        Offer,
        id=st.text("abc", min_size=1, max_size=4),
        label=st.just("X"),
        kind=st.sampled_from(KINDS),
        rate_ppm=st.integers(1, PPM),
        amount_minor=st.integers(1, 30_000),
        products=SCOPES,
        gets=SCOPES,
        buy_quantity=st.integers(1, 3),
        get_quantity=st.integers(1, 3),
        rounds_max=st.none() | st.integers(1, 3),
        minimum_minor=st.integers(0, 20_000),
        minimum_quantity=st.integers(0, 6),
        with_goods=st.booleans(),
        with_delivery=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda offer: offer.id,
)
DELIVERY = st.integers(0, 3_000)


@given(GOODS, OFFERS, DELIVERY)
def test_what_is_taken_off_adds_up_and_nothing_falls_below_zero(goods, offers, delivery):
    found = grant(offers, goods, delivery)
    assert sum(found.off_lines) == sum(one.goods_minor for one in found.grants)
    assert all(0 <= off <= line.gross_minor for off, line in zip(found.off_lines, goods, strict=True))
    assert 0 <= sum(one.delivery_minor for one in found.grants) <= delivery
    assert all(one.goods_minor >= 0 and reached(one.offer, goods) for one in found.grants)


@given(GOODS, OFFERS, DELIVERY)
def test_only_what_may_stand_together_stands_together(goods, offers, delivery):
    chosen = [one.offer for one in grant(offers, goods, delivery).grants]
    on_goods = [offer for offer in chosen if offer.kind != "shipping"]
    on_delivery = [offer for offer in chosen if offer.kind == "shipping"]
    assert len(on_delivery) <= 1
    assert len(on_goods) <= 1 or all(offer.with_goods for offer in on_goods)
    assert not on_delivery or all(offer.with_delivery and on_delivery[0].with_goods for offer in on_goods)


@given(GOODS, OFFERS, DELIVERY)
def test_no_other_allowed_set_is_worth_more_to_the_buyer(goods, offers, delivery):
    def allowed(chosen):
        on_goods = [offer for offer in chosen if offer.kind != "shipping"]
        on_delivery = [offer for offer in chosen if offer.kind == "shipping"]
        return (
            len(on_delivery) <= 1
            and (len(on_goods) <= 1 or all(offer.with_goods for offer in on_goods))
            and (not on_delivery or all(offer.with_delivery and on_delivery[0].with_goods for offer in on_goods))
        )

    fitting = [offer for offer in offers if reached(offer, goods)]
    best = max(
        _together(list(chosen), goods, delivery).total_minor
        for number in range(len(fitting) + 1)
        for chosen in combinations(fitting, number)
        if allowed(chosen)
    )
    # Shares are rounded to the cent one after another: each may cost a cent against leaving it out.
    assert best - len(offers) <= grant(offers, goods, delivery).total_minor <= best


@given(GOODS, OFFERS, DELIVERY, st.randoms())
def test_the_order_in_which_offers_are_known_changes_nothing(goods, offers, delivery, random):
    shuffled = list(offers)
    random.shuffle(shuffled)
    assert grant(shuffled, goods, delivery) == grant(offers, goods, delivery)


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 999)), min_size=1, max_size=4),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_buy_some_get_some_of_the_same_goods_gives_the_cheapest_pieces_of_each_full_round(lines, buy, get):
    goods = [Goods(f"p{number}", quantity, unit) for number, (quantity, unit) in enumerate(lines)]
    offer = Offer("o", "X", "bxgy", rate_ppm=PPM, buy_quantity=buy, get_quantity=get)
    pieces = sorted(line.unit_minor for line in goods for _piece in range(line.quantity))
    # A last round may be unfinished: what was bought in full gives as many pieces as are there.
    free = max(got for got in range(len(pieces) + 1) if len(pieces) - got >= -(-got // get) * buy)
    assert grant([offer], goods).total_minor == sum(pieces[:free])


def one(kind, **terms):
    return Offer("o", "X", kind, **terms)


TEA, CUP = Goods("tea", 2, 1_000), Goods("cup", 1, 300)


def test_what_is_bound_to_products_lowers_these_alone():
    found = grant([one("percent", rate_ppm=500_000, products=frozenset({"cup"}))], [TEA, CUP])
    assert found.off_lines == (0, 150)
    found = grant([one("amount", amount_minor=5_000, products=frozenset({"cup"}))], [TEA, CUP])
    assert found.off_lines == (0, 300)


def test_buy_two_teas_get_a_cup_free():
    offer = one("bxgy", rate_ppm=PPM, products=frozenset({"tea"}), gets=frozenset({"cup"}), buy_quantity=2)
    assert grant([offer], [TEA, CUP]).off_lines == (0, 300)
    assert grant([offer], [Goods("tea", 1, 1_000), CUP]).off_lines == (0, 0)
    assert grant([offer], [Goods("tea", 4, 1_000), Goods("cup", 5, 300)]).off_lines == (0, 600)


def test_a_round_that_counts_once_is_given_once():
    offer = one("bxgy", rate_ppm=PPM, products=frozenset({"tea"}), gets=frozenset({"cup"}), rounds_max=1)
    assert grant([offer], [Goods("tea", 4, 1_000), Goods("cup", 5, 300)]).off_lines == (0, 300)


def test_a_code_for_goods_and_free_delivery_stand_together_only_where_both_allow_it():
    goods_off = Offer("a", "X", "percent", rate_ppm=100_000, with_delivery=True)
    free = Offer("b", "Y", "shipping", with_goods=True)
    assert grant([goods_off, free], [TEA], 500).total_minor == 200 + 500
    shy = Offer("b", "Y", "shipping")
    assert grant([goods_off, shy], [TEA], 500).total_minor == 500


def test_of_two_that_are_worth_the_same_the_code_that_was_typed_applies():
    automatic = Offer("a", "X", "amount", amount_minor=200)
    typed = Offer("b", "Y", "amount", amount_minor=200, code="TEN")
    assert [given.offer.code for given in grant([automatic, typed], [TEA]).grants] == ["TEN"]
