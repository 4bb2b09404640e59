import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.orders.shares import PaidLine, TooMany, worth

LINES = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 100_000)), min_size=1, max_size=6)


@st.composite
def taken_apart(draw):
    """An order, and all its pieces taken out of it in steps."""
    lines = [PaidLine(f"line{n}", count, value) for n, (count, value) in enumerate(draw(LINES))]
    beside = draw(st.integers(0, 5_000))
    pieces = draw(st.permutations([line.line_id for line in lines for _ in range(line.quantity)]))
    cuts = sorted(draw(st.lists(st.integers(0, len(pieces)), max_size=4)))
    steps = [pieces[start:end] for start, end in zip([0, *cuts], [*cuts, len(pieces)], strict=True)]
    return lines, beside, [step for step in steps if step]


def run(lines, steps, beside, with_beside):
    amounts, gone = [], dict.fromkeys((line.line_id for line in lines), 0)
    for step in steps:
        now = [PaidLine(line.line_id, line.quantity, line.value_minor, gone[line.line_id]) for line in lines]
        wanted = {line_id: step.count(line_id) for line_id in step}
        amounts.append(worth(now, wanted, beside_minor=beside, with_beside=with_beside(len(amounts))))
        for line_id, count in wanted.items():
            gone[line_id] += count
    return amounts


@given(taken_apart())
def test_pieces_taken_out_in_any_steps_add_up_to_all_that_was_paid(drawn):
    lines, beside, steps = drawn
    amounts = run(lines, steps, beside, lambda _step: True)
    assert all(amount >= 0 for amount in amounts)
    assert sum(amounts) == sum(line.value_minor for line in lines) + beside


@given(taken_apart(), st.lists(st.booleans(), min_size=5, max_size=5))
def test_never_more_than_was_paid_goes_back_whether_delivery_goes_with_it_or_not(drawn, choices):
    lines, beside, steps = drawn
    goods = sum(line.value_minor for line in lines)
    amounts = run(lines, steps, beside, lambda step: choices[step])
    assert goods <= sum(amounts) <= goods + beside


@given(taken_apart())
def test_a_piece_is_worth_its_part_of_the_line_to_the_cent(drawn):
    lines, beside, _steps = drawn
    for line in lines:
        one = worth(lines, {line.line_id: 1}, beside_minor=beside, with_beside=False)
        assert abs(one * line.quantity - line.value_minor) < line.quantity


def test_more_pieces_than_are_left_have_no_worth():
    with pytest.raises(TooMany):
        worth([PaidLine("a", 3, 300, gone=2)], {"a": 2})
