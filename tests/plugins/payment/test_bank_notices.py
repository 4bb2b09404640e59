"""What the bank tells of its own accord: signed, until acknowledged, and wrongly when told to."""

import pytest

from plugins.payment.bank import protocol
from plugins.payment.bank.client import BankClient, Done
from plugins.payment.bank.protocol import SignatureRefused
from plugins.payment.bank.schemas import NoticeSchema, PaidNoticeSchema
from tests.plugins.payment.bank_process import BankProcess, ListeningPost, Received
from tests.plugins.payment.test_bank_simulator import ask, in_minutes, reference


def pay(bank: BankProcess, client: BankClient, post: ListeningPost, action: str = "pay") -> str:
    result = ask(client, ref := reference(), notify_url=post.url)
    assert isinstance(result, Done)
    bank.scan(result.value.qr_payload, action)
    return ref


def verdict(bank: BankProcess, received: Received) -> str:
    try:
        return protocol.verify_request(
            received.headers, method="POST", target=received.path, body=received.body, keys=bank.bank_keys,
            nonces=None, now=int(in_minutes(0).timestamp()),
        )  # fmt: skip
    except SignatureRefused as refused:
        return refused.code


def state_of(bank: BankProcess, received: Received) -> str:
    return next(
        str(notice["state"]) for notice in bank.look("notices") if notice["notice_id"] == received.notice["notice_id"]
    )


def test_a_payment_is_told_in_a_signed_notice(bank: BankProcess, client: BankClient, post: ListeningPost) -> None:
    ref = pay(bank, client, post)
    received = post.next()
    assert verdict(bank, received).startswith("bank-")
    notice = NoticeSchema().loads(received.body.decode())
    paid = PaidNoticeSchema().load(notice.data)
    assert (notice.type, paid.reference, paid.payment.amount_minor) == ("collection.paid", ref, 12_800)
    bank.settle()
    assert state_of(bank, received) == "acknowledged"


def test_a_notice_is_sent_again_until_it_is_acknowledged(
    bank: BankProcess, client: BankClient, post: ListeningPost
) -> None:
    post.failures_left = 2
    pay(bank, client, post)
    attempts = [post.next() for _ in range(3)]
    assert len({attempt.notice["notice_id"] for attempt in attempts}) == 1
    assert len({attempt.headers["Bank-Nonce"] for attempt in attempts}) == 3
    bank.settle()
    assert state_of(bank, attempts[0]) == "acknowledged"


def test_a_forged_notice_does_not_verify_and_the_next_attempt_does(
    bank: BankProcess, client: BankClient, post: ListeningPost
) -> None:
    bank.fault("collection.paid", "wrong_signature")
    post.failures_left = 1
    pay(bank, client, post)
    assert verdict(bank, post.next()) == "bad_signature"
    assert verdict(bank, post.next()).startswith("bank-")


def test_a_stale_notice_is_seen_to_be_stale(bank: BankProcess, client: BankClient, post: ListeningPost) -> None:
    bank.fault("collection.paid", "stale")
    pay(bank, client, post)
    assert verdict(bank, post.next()) == "expired"


@pytest.mark.parametrize(("kind", "nonces"), [("twice", 2), ("replay", 1)])
def test_a_notice_can_come_twice(
    bank: BankProcess, client: BankClient, post: ListeningPost, kind: str, nonces: int
) -> None:
    bank.fault("collection.paid", kind)
    pay(bank, client, post)
    both = [post.next(), post.next()]
    assert len({one.notice["notice_id"] for one in both}) == 1
    assert len({one.headers["Bank-Nonce"] for one in both}) == nonces


def test_a_notice_can_lie_about_the_amount_under_a_good_signature(
    bank: BankProcess, client: BankClient, post: ListeningPost
) -> None:
    bank.fault("collection.paid", "lying_amount", 1)
    pay(bank, client, post)
    received = post.next()
    assert verdict(bank, received).startswith("bank-")
    assert received.notice["data"]["payment"]["amount_minor"] == 1


def test_notices_can_come_out_of_order(bank: BankProcess, client: BankClient, post: ListeningPost) -> None:
    bank.fault("collection.paid", "out_of_order")
    ref = pay(bank, client, post)
    client.refund(ref, f"re_{ref}", 100)
    first, second = post.next().notice, post.next().notice
    assert [first["type"], second["type"]] == ["refund.done", "collection.paid"]
    assert first["sequence"] > second["sequence"]


def test_a_notice_can_be_held_back_and_come_later(bank: BankProcess, client: BankClient, post: ListeningPost) -> None:
    bank.fault("collection.paid", "hold")
    ref = pay(bank, client, post)
    bank.settle()
    assert post.arrived.empty()
    bank.admin("notices/release")
    assert post.next().notice["data"]["reference"] == ref


def test_an_acknowledged_notice_can_be_sent_again_by_hand(
    bank: BankProcess, client: BankClient, post: ListeningPost
) -> None:
    pay(bank, client, post)
    first = post.next()
    bank.settle()
    bank.admin(f"notices/{first.notice['notice_id']}/redeliver")
    assert post.next().body == first.body


def test_both_payments_of_a_code_paid_twice_are_told(
    bank: BankProcess, client: BankClient, post: ListeningPost
) -> None:
    pay(bank, client, post, "twice")
    told = [post.next().notice["data"]["payment"]["transfer_id"] for _ in range(2)]
    assert len(set(told)) == 2


def test_notices_that_wait_survive_a_restart_of_the_bank(own_bank: BankProcess, post: ListeningPost) -> None:
    own_bank.fault("collection.paid", "hold")
    ref = pay(own_bank, own_bank.client(), post)
    own_bank.stop()
    own_bank.start()
    own_bank.admin("notices/release")
    assert post.next().notice["data"]["reference"] == ref
