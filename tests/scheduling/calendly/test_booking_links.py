from urllib.parse import parse_qs, urlsplit

from scheduling.calendly.booking_links import answer_value, prefilled_url

LINK = "https://calendly.com/d/abc-123/phone-screen"


def query_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query, keep_blank_values=True)


def test_fills_in_name_email_answers_and_tracking() -> None:
    url = prefilled_url(
        LINK,
        name="Zoë & Co + 1",
        email="zoe+hire@example.org",
        answers={0: "yes", 2: "+33 1 99 00 12 34"},
        tracking={"utm_content": "an-1"},
    )

    assert url.startswith(f"{LINK}?")
    assert query_of(url) == {
        "name": ["Zoë & Co + 1"],
        "email": ["zoe+hire@example.org"],
        "a1": ["yes"],
        "a3": ["+33 1 99 00 12 34"],
        "utm_content": ["an-1"],
    }


def test_keeps_what_the_address_had() -> None:
    assert query_of(prefilled_url(f"{LINK}?month=2026-12", name="A", email="a@example.org"))["month"] == ["2026-12"]


def test_leaves_out_what_calendly_cannot_take() -> None:
    url = prefilled_url(LINK, name="A", email="a@b.c", answers={10: "no", 1: ""}, tracking={"utm_term": "x" * 300})

    assert set(query_of(url)) == {"name", "email", "utm_term"}
    assert len(query_of(url)["utm_term"][0]) == 255


def test_names_choices_by_their_number() -> None:
    choices = ["Junior", "Senior", "Lead"]

    assert answer_value("single_select", choices, ["Senior"]) == "2"
    assert answer_value("multi_select", choices, ["Junior", "Lead"]) == "1,3"
    assert answer_value("text", [], ["as it is"]) == "as it is"
