"""What every page is dressed in: times, states, zones and the pages around signing in."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.http import HttpRequest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone

from scheduling.templatetags import desk, times
from scheduling.views import frame, zones
from tests.factories import make_user

THANKSGIVING = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("America/New_York", "Thu 26 Nov 2026, 14:00 EST"),
        ("Europe/Berlin", "Thu 26 Nov 2026, 20:00 CET"),
        ("Asia/Kathmandu", "Fri 27 Nov 2026, 00:45 UTC+5:45"),
        ("America/Sao_Paulo", "Thu 26 Nov 2026, 16:00 UTC−3"),
        ("UTC", "Thu 26 Nov 2026, 19:00 UTC"),
    ],
)
def test_names_weekday_date_clock_and_zone(zone: str, text: str) -> None:
    shown = times.when(THANKSGIVING, zone)

    assert shown == f'<time datetime="2026-11-26T19:00:00+00:00">{text}</time>'


def test_shows_the_viewers_zone_when_another_is_unknown() -> None:
    with timezone.override(BERLIN):
        assert "20:00 CET" in times.when(THANKSGIVING, "Mars/Olympus")


def test_shows_both_clocks_only_when_they_differ() -> None:
    with timezone.override(NEW_YORK):
        other = times.when_both(THANKSGIVING, "Europe/Berlin")
        same = times.when_both(THANKSGIVING, "America/Toronto")

    assert "14:00 EST" in other
    assert "20:00 CET for them" in other
    assert "for them" not in same


def test_keeps_the_distance_with_the_time_it_is_about() -> None:
    with timezone.override(NEW_YORK):
        both = times.when_both(timezone.now() + timedelta(days=3, hours=1), "Europe/Berlin", with_distance=True)

    assert both.index("</time>") < both.index("in 3 d") < both.index('class="also"')


def test_says_when_a_time_is_unknown() -> None:
    assert times.when(None) == times.when_both(None, "UTC") == times.at(None) == "time unknown"
    assert times.relative(None) == times.clock_change(None) == ""


@pytest.mark.parametrize(
    ("distance", "text"),
    [
        (timedelta(seconds=20), "in 1 min"),
        (timedelta(hours=2, seconds=5), "in 2 h"),
        (-timedelta(days=3), "3 d ago"),
        (timedelta(days=70), "in 10 wk"),
    ],
)
def test_adds_the_distance_in_time(distance: timedelta, text: str) -> None:
    assert times.relative(timezone.now() + distance) == f'<span class="no-print" data-relative>{text}</span>'


@pytest.mark.parametrize(("month", "is_warned"), [(11, False), (4, True)])
def test_warns_of_a_clock_change_before_an_interview(
    month: int, is_warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 21, tzinfo=UTC))
    moment = datetime(2026 if month == 11 else 2027, month, 26, 19, 0, tzinfo=UTC)

    assert ("The clocks change in Europe/Berlin" in times.clock_change(moment, "Europe/Berlin")) is is_warned


@pytest.mark.parametrize("state", desk.BADGES)
def test_tells_states_apart_without_colour(state: str) -> None:
    shape, _, words = desk.BADGES[state]

    assert f">{shape}</span><span>{words}</span>" in desk.badge(state)
    assert [other for other, (_, _, same) in desk.BADGES.items() if same == words] == [state]


def test_escapes_a_state_nobody_knows() -> None:
    assert "<script>" not in desk.badge("<script>")


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Zoë Quill", "ZQ"), ("Ada", "A"), ("Ana de la Cruz", "AC"), ("", "?"), ("“Bob” (Lee) 🙂", "BL"), ("🙂", "?")],
)
def test_abbreviates_names(name: str, letters: str) -> None:
    assert desk.initials(name) == letters


@pytest.mark.parametrize("values", [[], [0], [0, 0, 0], [3, 1, 4, 1, 5]])
def test_draws_a_line_with_its_numbers_as_text(values: list[int]) -> None:
    line = desk.sparkline(values, "Held")

    assert f'aria-label="Held: {", ".join(map(str, values))}"' in line
    assert line.count(",") >= len(values)


def test_changes_one_parameter_and_starts_paging_over() -> None:
    request = RequestFactory().get("/", {"state": "booked", "page": "4", "live": "1", "q": "a&b"})

    address = Template("{% with_query state='held' q='' %}").render(Context({"request": request}))

    assert address == "?state=held"


@pytest.mark.parametrize(
    ("cookies", "zone"),
    [
        ({}, "UTC"),
        ({"zone": "Europe/Berlin"}, "Europe/Berlin"),
        ({"zone": "Europe/Berlin", "zone_choice": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({"zone": "Europe/Berlin", "zone_choice": "../../etc/passwd"}, "Europe/Berlin"),
        ({"zone": "x" * 4000}, "UTC"),
        ({"zone": "Europe"}, "UTC"),
    ],
)
def test_takes_the_chosen_zone_then_the_browsers(cookies: dict[str, str], zone: str) -> None:
    request = HttpRequest()
    request.COOKIES.update(cookies)

    assert zones.zone_of(request).key == zone


@pytest.mark.parametrize(
    ("next_url", "location"),
    [
        ("/interviews/?view=past", "/interviews/?view=past"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_returns_only_to_our_own_pages(db: None, next_url: str, location: str) -> None:
    response = Client().post("/settings/zone/", {"zone": "Asia/Tokyo", "next": next_url})

    assert response["Location"] == location


def test_comes_back_with_the_filters_after_a_choice_of_zone(alice: Client) -> None:
    page = alice.get("/interviews/?view=past&q=zo").content.decode()

    assert '<input type="hidden" name="next" value="/interviews/?view=past&amp;q=zo">' in page


def test_tells_strangers_nothing_of_the_desk() -> None:
    assert "connection_state" not in frame.frame(HttpRequest())


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/accounts/login/", "Sign in"),
        ("/accounts/signup/", "Accounts are by invitation"),
        ("/accounts/inactive/", "Your account is switched off"),
        ("/accounts/password/reset/", "Forgot your password?"),
        ("/accounts/password/reset/done/", "Look into your mail"),
        ("/accounts/password/reset/key/1-wrong/", "This link no longer works"),
        ("/accounts/password/reset/key/done/", "Your password is changed"),
        ("/accounts/3rdparty/login/cancelled/", "Calendly was not connected"),
    ],
)
def test_words_every_page_around_signing_in(db: None, path: str, heading: str) -> None:
    page = Client().get(path).content.decode()

    assert f"<h1>{heading}</h1>" in page
    assert 'class="public__card"' in page


def test_resets_a_forgotten_password(db: None) -> None:
    alice = make_user("alice", "Recruiter")
    browser = Client()

    browser.post("/accounts/password/reset/", {"email": alice.email})
    link = next(word for word in str(mail.outbox[0].body).split() if "/password/reset/key/" in word)
    form = browser.get(link.removeprefix("http://testserver"), follow=True)
    path = form.redirect_chain[-1][0]
    password = "another long password"
    done = browser.post(path, {"password1": password, "password2": password}, follow=True)

    assert "<h1>Choose a new password</h1>" in form.content.decode()
    assert "<h1>Your password is changed</h1>" in done.content.decode()
    assert User.objects.get(pk=alice.pk).check_password(password)
    assert "<h1>This link no longer works</h1>" in Client().get(link.removeprefix("http://testserver")).content.decode()


def test_says_beside_the_field_what_is_wrong_with_a_password(alice: Client) -> None:
    wrong = {"oldpassword": "wrong", "password1": "another long password", "password2": "different"}

    page = alice.post("/accounts/password/change/", wrong).content.decode()

    assert page.count('class="field field--bad"') == 2
    assert page.count('aria-invalid="true"') == 2


def test_says_that_somebody_signed_out_there_and_then(alice: Client) -> None:
    page = alice.post("/accounts/logout/", follow=True).content.decode()

    assert "You have signed out" in page


def test_switches_keyboard_shortcuts_off_and_on(alice: Client) -> None:
    assert 'data-shortcuts="on"' in alice.get("/settings/").content.decode()

    page = alice.post("/settings/shortcuts/", {"shortcuts": "off", "next": "/links/"}, follow=True)
    assert page.redirect_chain == [("/links/", 302)]
    assert 'data-shortcuts="off"' in page.content.decode()
    assert "Keyboard shortcuts are off." in page.content.decode()

    page = alice.post("/settings/shortcuts/", {"shortcuts": "on", "next": "//evil.example/"}, follow=True)
    assert page.redirect_chain == [("/settings/", 302)]
    assert 'data-shortcuts="on"' in page.content.decode()
