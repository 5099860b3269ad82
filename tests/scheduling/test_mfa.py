"""Second factors: an app's codes, recovery codes and passkeys, through allauth."""

import base64
import hashlib
import hmac
import re
import struct
import time
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from scheduling.models.fields import decrypt
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


NOW = time.time()


@pytest.fixture(autouse=True)
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock that codes are checked by stands still, or a code asked for at its end would be an old one."""
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: NOW))


def code_of(secret: str, *, at: float = NOW) -> str:
    """What an app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(at) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def sign_in(user: User) -> tuple[Client, str]:
    browser = Client()
    page = browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD}, follow=True)
    return browser, page.content.decode()


def open_anew(browser: Client, path: str) -> str:
    """A page that asks for the password first."""
    asked = browser.get(path, follow=True)
    return browser.post(asked.redirect_chain[-1][0], {"password": PASSWORD, "next": path}, follow=True).content.decode()


@pytest.fixture
def dora(db: None) -> User:
    return make_user("dora", "Recruiter")


@pytest.fixture
def secret(dora: User) -> str:
    """The secret in the app of Dora, who has switched it on."""
    browser, _ = sign_in(dora)
    page = open_anew(browser, "/accounts/2fa/totp/activate/")
    found = re.search(r'id="authenticator_secret" type="text" value="(\w+)"', page)
    assert found is not None
    done = browser.post("/accounts/2fa/totp/activate/", {"code": code_of(found[1])}, follow=True)
    assert "<h1>Recovery codes</h1>" in done.content.decode()
    # A code is taken once; the tests begin with the next.
    cache.clear()
    return found[1]


def test_asks_for_a_code_after_the_password(dora: User, secret: str) -> None:
    browser, page = sign_in(dora)
    before = browser.get("/candidates/")

    done = browser.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}, follow=True)

    assert "<h1>One more step</h1>" in page
    assert before.status_code == 302
    assert "<h1>Today</h1>" in done.content.decode()


def test_takes_no_wrong_and_no_old_code(dora: User, secret: str) -> None:
    browser, _ = sign_in(dora)

    pages = [
        browser.post("/accounts/2fa/authenticate/", {"code": code}).content.decode()
        for code in (
            "000000",
            code_of(secret, at=NOW - 3600),
            code_of(secret, at=NOW - 60),
            code_of(secret, at=NOW + 60),
            "",
        )
    ]

    assert all("<h1>One more step</h1>" in page and "field--bad" in page for page in pages)


@pytest.mark.parametrize("seconds", [-30, 30])
def test_takes_the_code_of_a_clock_that_is_off(dora: User, secret: str, seconds: int) -> None:
    browser, _ = sign_in(dora)

    done = browser.post("/accounts/2fa/authenticate/", {"code": code_of(secret, at=NOW + seconds)}, follow=True)

    assert "<h1>Today</h1>" in done.content.decode()


def test_takes_a_code_once(dora: User, secret: str) -> None:
    code = code_of(secret)
    first, _ = sign_in(dora)
    second, _ = sign_in(dora)

    answers = [browser.post("/accounts/2fa/authenticate/", {"code": code}).status_code for browser in (first, second)]

    assert answers == [302, 200]


def test_takes_a_recovery_code_once(dora: User, secret: str) -> None:
    code = Authenticator.objects.get(user=dora, type="recovery_codes").wrap().get_unused_codes()[0]
    first, _ = sign_in(dora)
    second, _ = sign_in(dora)

    answers = [browser.post("/accounts/2fa/authenticate/", {"code": code}).status_code for browser in (first, second)]

    assert answers == [302, 200]


def test_guards_the_admin_site_as_well(secret: str, dora: User) -> None:
    User.objects.filter(pk=dora.pk).update(is_staff=True)
    browser, _ = sign_in(dora)

    assert browser.get("/admin/").status_code == 302


def test_keeps_secrets_encrypted(dora: User, secret: str) -> None:
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in kept
    assert decrypt(Authenticator.objects.get(type="totp").data["secret"]) == secret


def test_encrypts_factors_anew_so_that_an_old_key_can_go(settings: LazySettings, dora: User, secret: str) -> None:
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    settings.ENCRYPTION_KEYS = [new, old]
    call_command("reencrypt", verbosity=0)

    settings.ENCRYPTION_KEYS = [new]

    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes


def test_asks_for_the_password_before_a_factor_is_changed(alice: Client) -> None:
    page = alice.get("/accounts/2fa/totp/activate/", follow=True).content.decode()

    assert "<h1>Is it you?</h1>" in page


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("", "Second factor"),
        ("totp/deactivate/", "Switch the app off?"),
        ("recovery-codes/", "Recovery codes"),
        ("recovery-codes/generate/", "Make new recovery codes?"),
        ("webauthn/", "Passkeys"),
        ("webauthn/add/", "Add a passkey"),
    ],
)
def test_words_every_page_of_second_factors(dora: User, secret: str, path: str, heading: str) -> None:
    browser, _ = sign_in(dora)
    browser.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

    open_anew(browser, "/accounts/2fa/totp/deactivate/")
    page = browser.get(f"/accounts/2fa/{path}").content.decode()

    assert f"<h1>{heading}</h1>" in page
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page), "no script runs from within a page"


def test_names_the_company_in_the_app(dora: User, settings: LazySettings) -> None:
    settings.COMPANY_NAME = "Acme Ltd"
    browser, _ = sign_in(dora)

    open_anew(browser, "/accounts/2fa/totp/activate/")
    page = browser.get("/accounts/2fa/totp/activate/")

    assert "issuer=Acme%20Ltd" in page.context["totp_url"]


def test_offers_passkeys_for_signing_in(db: None) -> None:
    page = Client().get("/accounts/login/").content.decode()
    options = Client().get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"}).json()

    assert 'id="passkey_login" data-passkey hidden' in page
    assert options["request_options"]["publicKey"]["rpId"] == "testserver"


def test_lets_an_administrator_help_whoever_lost_their_phone(bob: Client, dora: User, secret: str) -> None:
    bob.post(f"/settings/people/{dora.pk}/factors/remove/")

    _, page = sign_in(dora)

    assert "<h1>Today</h1>" in page


def test_removes_no_factor_of_ones_own_or_of_a_superuser(bob: Client) -> None:
    me, root = User.objects.get(), User.objects.create_superuser("root", "root@example.org", PASSWORD)
    for user in (me, root):
        Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})

    for user in (me, root):
        bob.post(f"/settings/people/{user.pk}/factors/remove/")

    assert Authenticator.objects.count() == 2


def test_removing_is_not_for_alice_or_charlie(alice: Client, charlie: Client, dora: User, secret: str) -> None:
    answers = [client.post(f"/settings/people/{dora.pk}/factors/remove/").status_code for client in (alice, charlie)]

    assert answers == [403, 403]
    assert Authenticator.objects.filter(user=dora, type="totp").exists()


@pytest.mark.parametrize("action", ["action_add", "action_remove", "action_primary", ""])
def test_lets_nobody_change_their_own_address(alice: Client, bob: Client, action: str) -> None:
    for client in (alice, bob):
        assert client.get("/accounts/email/").status_code == 403
        assert client.post("/accounts/email/", {action: "", "email": "me@evil.example"}).status_code == 403
    assert Client().get("/accounts/email/").status_code == 302
