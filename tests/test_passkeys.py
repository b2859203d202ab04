"""A passkey of Chromium's virtual authenticator signs a visa: our verifier and OpenSSH's own tool both say so, offline."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from grandlivre.policy.keys import KeyRegister
from grandlivre.policy.ssh_keys import WireError
from grandlivre.proof.allowed import allowed_signers
from grandlivre.proof.passkeys import HASH, Assertion, enrolled, signature_file
from grandlivre.proof.referee import agrees
from grandlivre.proof.signature import NAMESPACE, read_signature
from grandlivre.proof.verifying import SignatureError, counter, signed_bytes, verify
from signing import HOST, ORIGIN

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine")]
TEXT = "grandlivre visa 1\nlivres …\n".encode()
ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync".split()
)

CREATE = """
async ([challenge, host]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
  const made = await navigator.credentials.create({publicKey: {
    challenge: bytes(challenge), rp: {id: host, name: "Livres"}, user: {id: bytes("AAAA"), name: "d", displayName: "D"},
    pubKeyCredParams: [{type: "public-key", alg: -7}], authenticatorSelection: {userVerification: "required"}}});
  return [text(made.rawId), text(made.response.getPublicKey())];
}
"""
GET = """
async ([challenge, host, wanted, id]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
  const got = await navigator.credentials.get({publicKey: {
    challenge: bytes(challenge), rpId: host, userVerification: wanted,
    allowCredentials: [{type: "public-key", id: bytes(id)}]}});
  return [got.response.authenticatorData, got.response.clientDataJSON, got.response.signature].map(text);
}
"""


class Phone:
    """A page of the organisation's site in Chromium, whose authenticator is made of software."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.tool = page.context.new_cdp_session(page)
        self.tool.send("WebAuthn.enable")
        self.authenticator = self.tool.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )["authenticatorId"]

    def enrol(self) -> bytes:
        self.id, spki = self.page.evaluate(CREATE, [base64.b64encode(b"enrolement").decode(), HOST])
        return base64.b64decode(spki)

    def sign(self, content: bytes, wanted: str = "required") -> Assertion:
        challenge = signed_bytes(content, NAMESPACE, HASH)
        answer = self.page.evaluate(GET, [base64.b64encode(challenge).decode(), HOST, wanted, self.id])
        return Assertion(*(base64.b64decode(each) for each in answer))

    def verified(self, yes: bool) -> None:
        self.tool.send("WebAuthn.setUserVerified", {"authenticatorId": self.authenticator, "isUserVerified": yes})


@pytest.fixture(scope="module")
def phone() -> Iterator[Phone]:
    with playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, headless=True)
        page = browser.new_page()
        # nothing leaves the machine: the site's page is answered here
        page.route("**/*", lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Livres</h1>"))
        page.goto(f"{ORIGIN}/")
        yield Phone(page)
        browser.close()


def test_what_a_phone_signs_is_verified_offline(phone: Phone) -> None:
    key = enrolled(phone.enrol(), HOST)
    row = {"personne": "directeur", "type": "passkey", "cle": key.text, "origine": ORIGIN, "du": "2026-01-01"}
    register = KeyRegister.model_validate({"cles": [row]})
    made = signature_file(key, ORIGIN, phone.sign(TEXT))
    signature = read_signature(made)
    verify(signature, TEXT, NAMESPACE, ORIGIN)
    assert signature.key == key
    assert (counter(signature) or 0) > 0
    assert agrees(TEXT, made, allowed_signers(register), "directeur", date(2026, 3, 12))
    with pytest.raises(SignatureError, match="ne correspond pas au texte"):
        verify(signature, TEXT + b"x", NAMESPACE, ORIGIN)
    with pytest.raises(SignatureError, match="vient de"):
        verify(signature, TEXT, NAMESPACE, f"{ORIGIN}:8443")
    assert not agrees(TEXT + b"x", made, allowed_signers(register), "directeur", date(2026, 3, 12))


def test_a_phone_that_did_not_verify_its_owner_signs_nothing(phone: Phone) -> None:
    key = enrolled(phone.enrol(), HOST)
    phone.verified(False)
    answer = phone.sign(TEXT, "discouraged")
    phone.verified(True)
    signature = read_signature(signature_file(key, ORIGIN, answer))
    with pytest.raises(SignatureError):
        verify(signature, TEXT, NAMESPACE, ORIGIN)


@pytest.mark.parametrize("answer", [Assertion(b"", b"", b""), Assertion(b"x" * 37, b"{}", b"pas du DER")])
def test_what_no_browser_answers(phone: Phone, answer: Assertion) -> None:
    key = enrolled(phone.enrol(), HOST)
    with pytest.raises(WireError):
        signature_file(key, ORIGIN, answer)
    with pytest.raises(WireError, match="ne se lit pas"):
        enrolled(b"x", HOST)
