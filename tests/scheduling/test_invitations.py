"""Asking people in: one link, one account, once."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from scheduling import tasks
from scheduling.models import Invitation
from scheduling.services import invitations
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

DORA = {"name": "Dora  Diaz", "email": "Dora@Example.org"}
CHOSEN = {"name": "Dora Diaz", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that acts at once."""
    monkeypatch.setattr(tasks.send_invitation, "apply_async", lambda args, eta=None: tasks.send_invitation(*args))


def asked(client: Client, role: str = "Recruiter", **changes: str) -> str:
    fields = {**DORA, "role": str(Group.objects.get(name=role).pk), **changes}
    return client.post("/settings/people/invite/", fields, follow=True).content.decode()


def link_in(text: str) -> str:
    found = re.search(r"/accounts/invitation/[\w-]+/", text)
    assert found is not None
    return found[0]


def test_lets_somebody_in_by_the_link_in_their_mail(bob: Client) -> None:
    page = asked(bob)
    path = link_in(str(mail.outbox[0].body))
    browser = Client()

    form = browser.get(path)
    done = browser.post(path, CHOSEN, follow=True)

    assert "Dora Diaz is invited" in page
    assert mail.outbox[0].to == ["dora@example.org"]
    assert "Bob has invited you" in form.content.decode()
    assert "<h1>Today</h1>" in done.content.decode()
    dora = User.objects.get(email="dora@example.org")
    assert (dora.get_full_name(), dora.check_password(PASSWORD)) == ("Dora Diaz", True)
    assert [group.name for group in dora.groups.all()] == ["Recruiter"]
    assert not dora.is_staff


def test_signs_in_with_the_chosen_password_afterwards(bob: Client) -> None:
    asked(bob)
    Client().post(link_in(str(mail.outbox[0].body)), CHOSEN)

    page = Client().post("/accounts/login/", {"login": "dora@example.org", "password": PASSWORD}, follow=True)

    assert "<h1>Today</h1>" in page.content.decode()


def test_shows_the_link_to_the_inviter_once(bob: Client) -> None:
    page = asked(bob)

    assert link_in(page) == link_in(str(mail.outbox[0].body))
    assert "/accounts/invitation/" not in bob.get("/settings/people/").content.decode()


def test_keeps_no_token_anywhere(bob: Client) -> None:
    client_page = bob.post("/settings/people/invite/", {**DORA, "role": Group.objects.get(name="Viewer").pk})
    token = link_in(str(mail.outbox[0].body)).split("/")[-2]

    assert client_page.status_code == 302
    assert token not in str(list(Invitation.objects.values_list()))
    assert token not in str(dict(bob.session.items()))


def lost(*_args: object, **_options: object) -> None:
    raise OperationalError("no queue")


def test_mails_later_what_the_queue_did_not_take(bob: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.send_invitation, "apply_async", lost)
    token = link_in(asked(bob)).split("/")[-2]
    assert mail.outbox == []
    assert "mail not sent yet" in bob.get("/settings/people/").content.decode()
    assert token not in raw_row()

    for pk in invitations.due(now=timezone.now()):
        invitations.send(pk)

    assert link_in(str(mail.outbox[0].body)).split("/")[-2] == token
    assert invitations.due(now=timezone.now() + timedelta(days=1)) == []


def test_tries_again_when_the_mail_server_does_not_answer(bob: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(invitations, "send_mail", refused)
        asked(bob)
    assert invitations.due(now=timezone.now()) == []
    Invitation.objects.update(mail_due_at=timezone.now())

    sent = [invitations.send(pk) for pk in [*invitations.due(now=timezone.now())] * 2]

    assert sent == [True, False]
    assert len(mail.outbox) == 1


def raw_row() -> str:
    """The invitation as it is in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM scheduling_invitation")
        return str(cursor.fetchall())


@pytest.mark.parametrize("end", ["expired", "withdrawn", "used", "unknown", "renewed"])
def test_has_one_page_for_every_dead_link(bob: Client, end: str) -> None:
    asked(bob)
    path = link_in(str(mail.outbox[0].body))
    invitation = Invitation.objects.get()
    if end == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif end == "withdrawn":
        bob.post(f"/settings/people/invitations/{invitation.pk}/withdraw/")
    elif end == "used":
        Client().post(path, CHOSEN)
    elif end == "renewed":
        bob.post(f"/settings/people/invitations/{invitation.pk}/again/")
    else:
        path = "/accounts/invitation/nothing/"
    before = User.objects.count()

    seen, tried = Client().get(path), Client().post(path, CHOSEN)

    assert seen.status_code == tried.status_code == 404
    assert seen.content.count(b"<h1>This link opens nothing</h1>") == 1
    assert re.sub(rb"[\w-]+/", b"", seen.content) == re.sub(
        rb"[\w-]+/", b"", Client().get("/accounts/invitation/no/").content
    )
    assert User.objects.count() == before


def test_sends_again_with_a_new_link_and_a_new_week(bob: Client) -> None:
    asked(bob)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))

    page = bob.post(f"/settings/people/invitations/{Invitation.objects.get().pk}/again/", follow=True)

    newest = link_in(str(mail.outbox[1].body))
    assert newest != link_in(str(mail.outbox[0].body))
    assert newest in page.content.decode()
    assert Client().get(newest).status_code == 200
    assert Invitation.objects.get().expires_at > timezone.now() + timedelta(days=6, hours=23)


def test_says_when_an_address_has_an_account_or_an_invitation(bob: Client) -> None:
    make_user("alice", "Recruiter")
    User.objects.filter(username="alice@example.org").update(is_active=False)
    asked(bob)

    twice, known = asked(bob), asked(bob, email="ALICE@example.org")

    assert "dora@example.org is invited already" in twice
    assert "has an account already. It is switched off" in known
    assert Invitation.objects.count() == 1
    assert len(mail.outbox) == 1


def test_makes_room_for_a_new_invitation_when_the_old_ran_out(bob: Client) -> None:
    asked(bob)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))

    asked(bob, role="Viewer")

    assert [str(row.role) for row in Invitation.objects.filter(withdrawn_at=None)] == ["Viewer"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password2": "another long password"}, "another password than the first"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password1": "dora@example.org", "password2": "dora@example.org"}, "too similar"),
        ({"name": "  "}, "This field is required"),
    ],
)
def test_says_beside_the_field_what_is_wrong(bob: Client, changes: dict[str, str], words: str) -> None:
    asked(bob)

    response = Client().post(link_in(str(mail.outbox[0].body)), {**CHOSEN, **changes})

    assert response.status_code == 422
    assert words in response.content.decode()
    assert PASSWORD not in response.content.decode()
    assert not User.objects.filter(email="dora@example.org").exists()


def test_makes_no_second_account_for_an_address(bob: Client) -> None:
    asked(bob)
    make_user("dora", "Viewer")

    response = Client().post(link_in(str(mail.outbox[0].body)), CHOSEN)

    assert response.status_code == 404
    assert User.objects.filter(email="dora@example.org").count() == 1


def test_asks_somebody_signed_in_to_sign_out_first(bob: Client, alice: Client) -> None:
    asked(bob)
    path = link_in(str(mail.outbox[0].body))

    page = alice.post(path, CHOSEN).content.decode()

    assert "You are signed in already" in page
    assert Invitation.objects.get().is_pending


def test_slows_guessing_down(db: None) -> None:
    browser = Client()

    answers = {browser.get(f"/accounts/invitation/guess-{number}/").status_code for number in range(25)}

    assert answers == {404, 429}


def test_is_not_for_caches_and_search_engines(bob: Client) -> None:
    asked(bob)

    response = Client().get(link_in(str(mail.outbox[0].body)))

    assert response["Cache-Control"] == "no-store"
    assert "noindex" in response["X-Robots-Tag"]


def test_sends_no_mail_for_a_link_that_died_meanwhile(bob: Client) -> None:
    role, user = Group.objects.get(name="Viewer"), User.objects.get()
    invitation, _ = invitations.invite(email="e@example.org", name="E", role=role, by=user)
    invitations.withdraw(invitation)

    tasks.send_invitation(invitation.pk)

    assert mail.outbox == []


def test_keeps_line_breaks_out_of_the_mails_words(bob: Client) -> None:
    asked(bob, name="Dora\r\n\r\nClick https://evil.example")

    assert "Hello Dora Click" in str(mail.outbox[0].body)


def test_holds_one_pending_invitation_per_address_in_the_database(bob: Client) -> None:
    asked(bob)
    invitation = Invitation.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(email="DORA@example.org", name="D", role=invitation.role, token_digest="another")


@pytest.mark.parametrize("path", ["invite/", "invitations/1/again/", "invitations/1/withdraw/"])
def test_not_for_alice_or_charlie(alice: Client, charlie: Client, path: str) -> None:
    for client in (alice, charlie):
        assert client.post(f"/settings/people/{path}", DORA).status_code == 403
    assert not Invitation.objects.exists()
