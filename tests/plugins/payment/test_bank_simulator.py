"""The real bank process, driven over HTTP by the client."""

import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest
import requests

from plugins.payment.bank import protocol
from plugins.payment.bank.client import BankClient, Done, Refused, Result, Unknown
from plugins.payment.bank.messages import Collection, CollectionState, Payout, TransferState
from plugins.payment.bank.protocol import KeyRing, SigningKey, VerifyingKey
from tests.plugins.payment.bank_process import POOR_PAYER, SECOND_PAYER, BankProcess


def reference() -> str:
    return f"pay_{secrets.token_hex(8)}"


def in_minutes(minutes: int) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes)


def ask(
    client: BankClient, ref: str, amount_minor: int = 12_800, expires_at: datetime | None = None, **more: str
) -> Result[Collection]:
    return client.create_collection(
        reference=ref,
        amount_minor=amount_minor,
        currency="CNY",
        expires_at=expires_at or in_minutes(15),
        description="Tea shop, order 1001",
        **more,
    )


def collect(client: BankClient, ref: str, amount_minor: int = 12_800) -> Collection:
    result = ask(client, ref, amount_minor)
    assert isinstance(result, Done), result
    return result.value


def known(client: BankClient, ref: str) -> Collection:
    result = client.query(ref)
    assert isinstance(result, Done), result
    return result.value


def code_of(result: object) -> str:
    assert isinstance(result, Refused), result
    return result.code


def test_a_scanned_code_is_paid_and_the_bank_says_so(bank: BankProcess, client: BankClient) -> None:
    collection = collect(client, ref := reference())
    assert collection.state is CollectionState.OPEN
    assert collection.qr_payload.startswith(bank.url)
    assert bank.scan(collection.qr_payload).status_code == 200
    paid = known(client, ref)
    assert (paid.state, paid.paid_minor, len(paid.payments)) == (CollectionState.PAID, 12_800, 1)
    assert paid.payments[0].payer_account == "****2345"


def test_asking_twice_gives_one_collection(client: BankClient) -> None:
    ref, expires_at = reference(), in_minutes(10)
    assert ask(client, ref, expires_at=expires_at) == ask(client, ref, expires_at=expires_at)


def test_one_reference_cannot_have_two_prices(client: BankClient) -> None:
    collect(client, ref := reference())
    assert code_of(ask(client, ref, 1)) == "reference_conflict"


def test_terms_that_make_no_sense_are_refused(client: BankClient) -> None:
    assert code_of(ask(client, reference(), 0)) == "bad_request"
    assert code_of(ask(client, "no such/reference")) == "bad_request"
    assert code_of(ask(client, reference(), expires_at=in_minutes(-1))) == "bad_request"
    foreign = client.create_collection(
        reference=reference(), amount_minor=1, currency="EUR", expires_at=in_minutes(5), description="x"
    )
    assert code_of(foreign) == "currency_not_served"


def test_a_payer_can_decline_or_lack_the_money(bank: BankProcess, client: BankClient) -> None:
    collection = collect(client, ref := reference())
    assert bank.scan(collection.qr_payload, "decline").status_code == 200
    assert bank.scan(collection.qr_payload, account=POOR_PAYER).status_code == 422
    assert bank.scan(collection.qr_payload, account="somebody").status_code == 404
    assert known(client, ref).state is CollectionState.OPEN


def test_a_wrong_amount_and_a_double_payment_are_told_as_they_are(bank: BankProcess, client: BankClient) -> None:
    short, double = reference(), reference()
    bank.scan(collect(client, short).qr_payload, "wrong_amount", amount_minor=100)
    bank.scan(collect(client, double).qr_payload, "twice")
    assert known(client, short).paid_minor == 100
    assert [payment.amount_minor for payment in known(client, double).payments] == [12_800, 12_800]


def test_a_closed_code_cannot_be_paid_except_by_a_bank_that_was_already_paying(
    bank: BankProcess, client: BankClient
) -> None:
    collection = collect(client, ref := reference())
    closed = client.close(ref)
    assert isinstance(closed, Done) and closed.value.state is CollectionState.CLOSED
    assert client.close(ref) == closed
    assert bank.scan(collection.qr_payload).status_code == 409
    assert bank.scan(collection.qr_payload, "late").status_code == 200
    assert known(client, ref).state is CollectionState.PAID
    assert code_of(client.close(ref)) == "already_paid"


def test_a_code_expires_by_the_banks_clock(own_bank: BankProcess) -> None:
    offset_seconds = 16 * 60
    collection = collect(own_bank.client(), ref := reference())
    own_bank.admin("clock", offset_seconds=offset_seconds)
    later = own_bank.client(now=lambda: datetime.now(UTC).timestamp() + offset_seconds)
    assert known(later, ref).state is CollectionState.EXPIRED
    assert own_bank.scan(collection.qr_payload).status_code == 409


def test_more_than_was_paid_is_never_given_back(bank: BankProcess, client: BankClient) -> None:
    collection = collect(client, ref := reference(), 1_000)
    assert code_of(client.refund(ref, reference(), 1)) == "not_paid"
    bank.scan(collection.qr_payload)
    first = client.refund(ref, "re_first_" + ref[4:], 600)
    assert isinstance(first, Done) and first.value.state is TransferState.DONE
    assert client.refund(ref, "re_first_" + ref[4:], 600) == first
    assert code_of(client.refund(ref, "re_first_" + ref[4:], 500)) == "reference_conflict"
    assert code_of(client.refund(ref, reference(), 401)) == "refund_exceeds_paid"
    assert isinstance(client.refund(ref, reference(), 400), Done)
    assert client.query_refund("re_first_" + ref[4:]) == first
    assert known(client, ref).refunded_minor == 1_000
    assert code_of(client.query_refund(reference())) == "not_found"


def pay_out(client: BankClient, ref: str, amount_minor: int, account: str = "6217999988887777") -> Result[Payout]:
    return client.payout(reference=ref, account=account, name="Tea Shop 茶", amount_minor=amount_minor, currency="CNY")


def test_a_payout_arrives_once(bank: BankProcess, client: BankClient) -> None:
    bank.scan(collect(client, reference(), 5_000).qr_payload)
    before = client.balance()
    result = pay_out(client, ref := reference(), 3_000)
    assert isinstance(result, Done)
    assert pay_out(client, ref, 3_000) == result
    assert code_of(pay_out(client, ref, 3_001)) == "reference_conflict"
    after = client.balance()
    assert isinstance(before, Done) and isinstance(after, Done)
    assert before.value.amount_minor - after.value.amount_minor == 3_000
    queried = client.query_payout(ref)
    assert isinstance(queried, Done) and queried.value.state is TransferState.DONE


def test_a_payout_can_fail_wait_or_lack_the_money(bank: BankProcess, client: BankClient) -> None:
    bank.scan(collect(client, reference(), 5_000).qr_payload)
    before = client.balance()
    failed = pay_out(client, reference(), 100, account="6217999988880000")
    assert isinstance(failed, Done)
    assert (failed.value.state, failed.value.failure_code) == (TransferState.FAILED, "account_unknown")
    assert client.balance() == before
    slow = pay_out(client, ref := reference(), 100, account="6217999988889999")
    assert isinstance(slow, Done) and slow.value.state is TransferState.PROCESSING
    bank.admin(f"payouts/{ref}/settle")
    settled = client.query_payout(ref)
    assert isinstance(settled, Done) and settled.value.state is TransferState.DONE
    too_much = pay_out(client, reference(), 10**12)
    assert isinstance(too_much, Done)
    assert (too_much.value.state, too_much.value.failure_code) == (TransferState.FAILED, "insufficient_funds")


def test_each_of_two_payments_is_given_back_to_whoever_made_it(bank: BankProcess, client: BankClient) -> None:
    collection = collect(client, ref := reference(), 1_000)
    bank.scan(collection.qr_payload)
    bank.scan(collection.qr_payload, "late", account=SECOND_PAYER)
    second = known(client, ref).payments[1]
    given = client.refund(ref, reference(), 1_000, transfer_id=second.transfer_id)
    assert isinstance(given, Done) and given.value.state is TransferState.DONE
    assert code_of(client.refund(ref, reference(), 1, transfer_id=second.transfer_id)) == "refund_exceeds_paid"
    lines = client.statement(datetime.now(UTC).date())
    assert isinstance(lines, Done)
    line = next(line for line in lines.value if line.transfer_id == given.value.transfer_id)
    assert (line.counter_account, line.amount_minor) == (second.payer_account, -1_000)


def test_the_statement_shows_each_movement_once(own_bank: BankProcess) -> None:
    client = own_bank.client()
    own_bank.scan(collect(client, ref := reference(), 2_000).qr_payload, "twice")
    client.refund(ref, f"re_{ref}", 500)
    pay_out(client, f"po_{ref}", 700)
    lines = client.statement(datetime.now(UTC).date())
    assert isinstance(lines, Done)
    assert [(line.kind, line.amount_minor) for line in lines.value] == [
        ("collection", 2_000),
        ("collection", 2_000),
        ("refund", -500),
        ("payout", -700),
    ]
    assert {line.transfer_id for line in lines.value} >= {p.transfer_id for p in known(client, ref).payments}
    balance = client.balance()
    assert isinstance(balance, Done)
    assert balance.value.amount_minor == sum(line.amount_minor for line in lines.value)


@pytest.mark.parametrize("kind", ["drop_answer", "drop_request", "wrong_signature", "error"])
def test_an_answer_that_is_lost_or_forged_means_unknown_and_asking_tells_the_truth(
    bank: BankProcess, client: BankClient, kind: str
) -> None:
    ref, expires_at = reference(), in_minutes(10)
    bank.fault("create_collection", kind)
    assert isinstance(ask(client, ref, expires_at=expires_at), Unknown)
    if kind in ("drop_answer", "wrong_signature"):
        assert known(client, ref).state is CollectionState.OPEN
    else:
        assert code_of(client.query(ref)) == "not_found"
    assert isinstance(ask(client, ref, expires_at=expires_at), Done)


def test_a_lost_answer_to_a_payout_sends_no_money_twice(bank: BankProcess, client: BankClient) -> None:
    bank.scan(collect(client, reference(), 5_000).qr_payload)
    before = client.balance()
    bank.fault("payout", "drop_answer")
    assert isinstance(pay_out(client, ref := reference(), 1_000), Unknown)
    assert isinstance(pay_out(client, ref, 1_000), Done)
    after = client.balance()
    assert isinstance(before, Done) and isinstance(after, Done)
    assert before.value.amount_minor - after.value.amount_minor == 1_000


def test_a_slow_bank_and_an_absent_bank_are_unknown(bank: BankProcess, client: BankClient) -> None:
    collect(client, ref := reference())
    bank.fault("query", "slow", 1)
    assert isinstance(bank.client(answer_timeout_seconds=0.1).query(ref), Unknown)
    assert known(client, ref).state is CollectionState.OPEN
    absent = BankClient("http://127.0.0.1:9", signing_key=bank.signing_key, bank_keys=bank.bank_keys)
    assert isinstance(absent.query(ref), Unknown)


def test_a_stranger_is_refused_and_an_impostor_of_the_bank_is_not_believed(bank: BankProcess) -> None:
    stranger = bank.client(signing_key=SigningKey.generate("nobody"))
    assert code_of(stranger.balance()) == "unknown_key"
    forger = bank.client(signing_key=SigningKey.generate(bank.signing_key.key_id))
    assert code_of(forger.balance()) == "bad_signature"
    late = bank.client(now=lambda: datetime.now(UTC).timestamp() - 600)
    assert isinstance(late.balance(), Unknown)
    impostor = SigningKey.generate(next(iter(bank.credentials["bank_keys"]))["key_id"])
    misled = bank.client(bank_keys=KeyRing([VerifyingKey.from_text(impostor.key_id, impostor.public_text)]))
    assert isinstance(misled.balance(), Unknown)


def test_a_recorded_request_cannot_be_played_again(bank: BankProcess) -> None:
    stamp = int(datetime.now(UTC).timestamp())
    headers = protocol.sign_request(bank.signing_key, method="GET", target="/v1/balance", body=b"", timestamp=stamp)
    first, second = (requests.get(f"{bank.url}/v1/balance", headers=headers, timeout=5) for _ in range(2))
    assert first.status_code == 200
    assert (second.status_code, second.json()["error"]["code"]) == (401, "replayed")


def test_a_stale_request_is_refused(bank: BankProcess) -> None:
    stamp = int(datetime.now(UTC).timestamp()) - 301
    headers = protocol.sign_request(bank.signing_key, method="GET", target="/v1/balance", body=b"", timestamp=stamp)
    answer = requests.get(f"{bank.url}/v1/balance", headers=headers, timeout=5)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "expired")


def test_keys_of_both_sides_can_be_replaced_without_a_pause(own_bank: BankProcess) -> None:
    next_key = SigningKey.generate("partner-next")
    own_bank.admin("partners/tongbao/keys", key_id=next_key.key_id, public_key=next_key.public_text)
    assert isinstance(own_bank.client(signing_key=next_key).balance(), Done)
    assert isinstance(own_bank.client().balance(), Done)
    past = int(datetime.now(UTC).timestamp()) - 1
    own_bank.admin(
        "partners/tongbao/keys",
        key_id=own_bank.signing_key.key_id,
        public_key=own_bank.signing_key.public_text,
        not_after=past,
    )
    assert code_of(own_bank.client().balance()) == "key_not_valid"

    new_id = own_bank.admin("keys/rotate")["key_id"]
    assert isinstance(own_bank.client(signing_key=next_key).balance(), Unknown)
    published = {key["key_id"]: key["public_key"] for key in own_bank.look("keys")}
    ring = KeyRing(VerifyingKey.from_text(key_id, text) for key_id, text in published.items())
    assert new_id in published
    assert isinstance(own_bank.client(signing_key=next_key, bank_keys=ring).balance(), Done)


def test_the_book_survives_a_restart(own_bank: BankProcess) -> None:
    collection = collect(own_bank.client(), ref := reference())
    own_bank.scan(collection.qr_payload)
    before = known(own_bank.client(), ref)
    own_bank.stop()
    own_bank.start()
    after = known(own_bank.client(), ref)
    assert (after.collection_id, after.payments) == (before.collection_id, before.payments)


def test_the_testers_door_is_locked(bank: BankProcess) -> None:
    assert requests.get(f"{bank.url}/admin/collections", timeout=5).status_code == 403
    assert requests.post(f"{bank.url}/admin/clock", json={"offset_seconds": 9}, timeout=5).status_code == 403


@pytest.mark.parametrize(("language", "button"), [("en", "Pay ¥128.00"), ("zh", "支付 ¥128.00")])
def test_the_payers_page_speaks_english_and_chinese(
    bank: BankProcess, client: BankClient, language: str, button: str
) -> None:
    collection = collect(client, reference())
    page = requests.get(collection.qr_payload, params={"lang": language}, timeout=5)
    assert button in page.text
    assert "script" not in page.text
    assert requests.get(f"{bank.url}/pay/nothing", timeout=5).status_code == 404


def test_answers_carry_no_floats(bank: BankProcess, client: BankClient) -> None:
    collect(client, reference())

    def refuse(text: str) -> float:
        raise AssertionError(f"a float: {text}")

    for collection in bank.look("collections"):
        json.loads(json.dumps(collection), parse_float=refuse)
