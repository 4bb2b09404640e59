"""Who may say what: signatures, freshness, nonces and keys, without any network."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import plugins.payment
from plugins.payment.bank import protocol
from plugins.payment.bank.protocol import KeyRing, SignatureRefused, SigningKey, VerifyingKey

NOW = 1_800_000_000
KEY = SigningKey.generate("partner-1")
RING = KeyRing([VerifyingKey.from_text("partner-1", KEY.public_text)])


class Nonces:
    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()

    def remember(self, key_id: str, nonce: str, until: int) -> bool:
        new = (key_id, nonce) not in self.seen
        self.seen.add((key_id, nonce))
        return new


def signed(body: bytes = b"{}", target: str = "/v1/payouts", timestamp: int = NOW) -> dict[str, str]:
    return protocol.sign_request(KEY, method="POST", target=target, body=body, timestamp=timestamp)


def verdict(
    headers: dict[str, str],
    *,
    method: str = "POST",
    target: str = "/v1/payouts",
    body: bytes = b"{}",
    keys: KeyRing = RING,
    nonces: Nonces | None = None,
    now: int = NOW,
) -> str:
    try:
        return protocol.verify_request(
            headers, method=method, target=target, body=body, keys=keys, nonces=nonces or Nonces(), now=now
        )
    except SignatureRefused as refused:
        return refused.code


def test_a_signed_request_is_accepted_and_names_its_key() -> None:
    assert verdict(signed()) == "partner-1"


@given(body=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a_changed_body_is_noticed(body: bytes, other: bytes) -> None:
    expected = "partner-1" if body == other else "bad_signature"
    assert verdict(signed(body), body=other) == expected


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Bank-Signature": "AAAA"}, "bad_signature"),
        ({"Bank-Signature": "not base64!"}, "bad_signature"),
        ({"Bank-Signature": "签名"}, "bad_signature"),
        ({"Bank-Nonce": "n" * 24}, "bad_signature"),
        ({"Bank-Nonce": "short"}, "bad_nonce"),
        ({"Bank-Nonce": "new\nline-in-the-nonce"}, "bad_nonce"),
        ({"Bank-Timestamp": str(NOW + 1)}, "bad_signature"),
        ({"Bank-Timestamp": "now"}, "bad_timestamp"),
        ({"Bank-Timestamp": "-5"}, "bad_timestamp"),
        ({"Bank-Key-Id": "partner-2"}, "unknown_key"),
        ({"Bank-Key-Id": ""}, "not_signed"),
    ],
)
def test_a_changed_header_is_noticed(change: dict[str, str], code: str) -> None:
    assert verdict(signed() | change) == code


def test_a_signature_is_good_for_one_method_and_one_address_only() -> None:
    assert verdict(signed(), method="GET") == "bad_signature"
    assert verdict(signed(), target="/v1/payouts?x=1") == "bad_signature"


def test_no_headers_means_not_signed() -> None:
    assert verdict({}) == "not_signed"


@pytest.mark.parametrize(
    ("offset_seconds", "expected"),
    [(-301, "expired"), (-300, "partner-1"), (300, "partner-1"), (301, "expired")],
)
def test_a_request_is_fresh_for_five_minutes(offset_seconds: int, expected: str) -> None:
    assert verdict(signed(timestamp=NOW + offset_seconds)) == expected


def test_the_same_request_is_accepted_once() -> None:
    nonces, headers = Nonces(), signed()
    assert verdict(headers, nonces=nonces) == "partner-1"
    assert verdict(headers, nonces=nonces) == "replayed"


def test_a_forger_cannot_use_up_somebodys_nonce() -> None:
    nonces, headers = Nonces(), signed()
    assert verdict(headers, body=b"forged", nonces=nonces) == "bad_signature"
    assert verdict(headers, nonces=nonces) == "partner-1"


def test_a_key_is_good_only_within_its_time() -> None:
    next_key = SigningKey.generate("partner-2")
    ring = KeyRing(
        [
            VerifyingKey.from_text("partner-1", KEY.public_text, not_after=NOW),
            VerifyingKey.from_text("partner-2", next_key.public_text, not_before=NOW),
        ]
    )
    assert verdict(signed(timestamp=NOW - 1), keys=ring) == "partner-1"
    assert verdict(signed(timestamp=NOW), keys=ring) == "key_not_valid"
    early = protocol.sign_request(next_key, method="POST", target="/v1/payouts", body=b"{}", timestamp=NOW - 1)
    later = protocol.sign_request(next_key, method="POST", target="/v1/payouts", body=b"{}", timestamp=NOW)
    assert verdict(early, keys=ring) == "key_not_valid"
    assert verdict(later, keys=ring) == "partner-2"


def answer_verdict(headers: dict[str, str], *, status: int = 200, request_nonce: str = "the-request") -> str:
    try:
        return protocol.verify_answer(
            headers,
            status=status,
            target="/v1/balance",
            request_nonce=request_nonce,
            body=b"{}",
            keys=RING,
            now=NOW,
        )
    except SignatureRefused as refused:
        return refused.code


def test_an_answer_belongs_to_one_request_and_one_status() -> None:
    headers = protocol.sign_answer(
        KEY, status=200, target="/v1/balance", request_nonce="the-request", body=b"{}", timestamp=NOW
    )
    assert answer_verdict(headers) == "partner-1"
    assert answer_verdict(headers, status=404) == "bad_signature"
    assert answer_verdict(headers, request_nonce="another-request") == "bad_signature"


def test_a_request_cannot_be_sent_back_as_an_answer() -> None:
    assert answer_verdict(signed(target="/v1/balance")) == "bad_signature"


def test_keys_survive_being_written_down() -> None:
    again = SigningKey.from_text("partner-1", KEY.private_text)
    assert again.public_text == KEY.public_text
    with pytest.raises(ValueError):
        SigningKey.from_text("partner-1", "not a key")


def test_the_example_in_the_protocol_page_is_true() -> None:
    page = (Path(plugins.payment.__file__).parent / "docs" / "bank-protocol.md").read_text("utf-8")
    private_text = re.search(r"private key `([^`]+)`", page)
    example = re.search(r"GET /v1/balance\n((?:Bank-.+\n)+)", page)
    assert private_text and example
    key = SigningKey.from_text("partner-1", private_text[1])
    headers = dict(line.split(": ", 1) for line in example[1].splitlines())
    ring = KeyRing([VerifyingKey.from_text("partner-1", key.public_text)])
    assert verdict(headers, method="GET", target="/v1/balance", body=b"", keys=ring) == "partner-1"
