"""Routing forms: what visitors fill in, where it leads, and what the API tells of it."""

import json
import re
from typing import Any

import pytest
import requests

from tests.sandbox.test_contract import Api, api, check, last, webhook_schema
from tests.sandbox.test_hosted import Visitor, visitor
from tests.sandbox_process import Sandbox

__all__ = ["api", "visitor"]

ANSWERS = {"Name": "Ann Applicant", "Email": "ann@example.com", "What do you do?": "I write software"}
PLAN_TEXT = "Please upgrade your Calendly account to Enterprise."


def submissions(sandbox: Sandbox, api: Api, **asked: Any) -> list[dict[str, Any]]:
    params = {"form": sandbox.routing_form()["uri"], **asked}
    return list(api("GET", "/routing_form_submissions", params=params).json()["collection"])


def test_reads_forms(sandbox: Sandbox, api: Api) -> None:
    forms = api("GET", "/routing_forms", params={"organization": sandbox.organization}).json()["collection"]

    assert [row["name"] for row in forms] == ["Where do I start?"]
    assert [asked["type"] for asked in forms[0]["questions"]] == ["name", "email", "select"]
    assert api("GET", f"/routing_forms/{last(forms[0]['uri'])}").json()["resource"] == forms[0]
    assert api("GET", "/routing_forms").status_code == 400
    assert api("GET", "/routing_forms/unknown").status_code == 404
    other = "https://api.calendly.com/organizations/00000000-0000-4000-8000-000000000000"
    assert api("GET", "/routing_forms", params={"organization": other}).status_code == 403


def test_keeps_submissions_and_where_they_lead(sandbox: Sandbox, api: Api) -> None:
    first = sandbox.submit_form(ANSWERS, tracking={"utm_source": "careers"})
    second = sandbox.submit_form({**ANSWERS, "Name": "Bob"})

    assert first["result"] == {"type": "event_type", "value": sandbox.event_type()}
    assert first["tracking"]["utm_source"] == "careers"
    assert (first["submitter"], first["submitter_type"]) == (None, None)
    assert submissions(sandbox, api) == [first, second]
    assert [row["uri"] for row in submissions(sandbox, api, sort="created_at:desc")] == [second["uri"], first["uri"]]
    assert len(submissions(sandbox, api, count=1)) == 1
    assert api("GET", f"/routing_form_submissions/{last(first['uri'])}").json()["resource"] == first
    assert api("GET", "/routing_form_submissions").status_code == 400
    assert api("GET", "/routing_form_submissions/unknown").status_code == 404


@pytest.mark.parametrize("wrong", [{"Name": ""}, {"What do you do?": "I paint"}])
def test_refuses_answers_that_do_not_fit(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    url = f"{sandbox.url}/sandbox/control/submit-form"

    assert requests.post(url, json={"answers": {**ANSWERS, **wrong}}, timeout=10).status_code == 409


def test_joins_a_booking_to_its_submission(sandbox: Sandbox, api: Api) -> None:
    submission = sandbox.submit_form(ANSWERS)

    invitee = sandbox.book(submission=submission["uri"])
    moved = sandbox.reschedule(invitee["uri"])

    assert invitee["routing_form_submission"] == moved["routing_form_submission"] == submission["uri"]
    joined = submissions(sandbox, api)[0]
    assert (joined["submitter"], joined["submitter_type"]) == (invitee["uri"], "Invitee")
    assert joined["updated_at"] > submission["updated_at"]


def test_leads_a_visitor_to_the_booking_page(sandbox: Sandbox, api: Api, visitor: Visitor) -> None:
    form = visitor.open(f"{sandbox.routing_form()['page_url']}?utm_source=careers&gclid=dropped")
    again = visitor.send(form, q1="Ann Applicant", q2="nowhere", q3="I write software")
    assert "valid email" in again.text

    page = visitor.send(form, q1="Ann Applicant", q2="ann@example.com", q3="I write software")
    details = visitor.choose(page)
    assert 'value="Ann Applicant"' in details.text
    assert 'value="ann@example.com"' in details.text
    done = visitor.send(details, name="Ann Applicant", email="ann@example.com", a1="", a2="Senior", a3="")

    assert "You are scheduled" in done.text
    submission = submissions(sandbox, api)[0]
    assert submission["tracking"]["utm_source"] == "careers"
    assert re.search(r"/invitees/[-0-9a-f]{36}$", submission["submitter"])
    assert last(submission["submitter"]) in done.url


def test_shows_a_message_where_there_is_nothing_to_book(sandbox: Sandbox, api: Api, visitor: Visitor) -> None:
    form = visitor.open(sandbox.routing_form()["page_url"])

    page = visitor.send(form, q1="Ann Applicant", q2="ann@example.com", q3="Something else")

    assert "We answer within a week." in page.text
    assert submissions(sandbox, api)[0]["result"]["type"] == "custom_message"


def test_tells_organisations_of_submissions(sandbox: Sandbox, api: Api) -> None:
    body = {
        "url": "https://desk.example.org/hook/",
        "events": ["routing_form_submission.created"],
        "organization": sandbox.organization,
        "scope": "organization",
    }
    api("POST", "/webhook_subscriptions", json=body)

    submission = sandbox.submit_form(ANSWERS)

    envelopes = [json.loads(delivery["body"]) for delivery in sandbox.deliveries()]
    assert [(row["event"], row["payload"]) for row in envelopes] == [("routing_form_submission.created", submission)]
    check(webhook_schema("RoutingFormSubmission"), submission)


@pytest.mark.parametrize("path", ["/routing_forms", "/routing_form_submissions", "/routing_forms/unknown"])
def test_is_for_plans_that_have_it(sandbox: Sandbox, api: Api, path: str) -> None:
    sandbox.option(plan="standard")
    assert api("GET", path).json()["message"] == PLAN_TEXT

    sandbox.option(plan="enterprise")
    assert api("GET", path).status_code in (400, 404)


def test_needs_its_scope(sandbox: Sandbox) -> None:
    narrow = Api(sandbox, scopes="users:read")

    refused = narrow("GET", "/routing_forms", params={"organization": sandbox.organization})

    assert refused.json()["required_scopes"] == ["routing_forms:read"]


def test_builds_the_demos_submissions(sandbox: Sandbox) -> None:
    sandbox.reset("demo")
    api = Api(sandbox)

    found = submissions(sandbox, api)

    assert len(found) == 8
    assert sum(row["submitter"] is not None for row in found) == 5
    assert {row["result"]["value"] for row in found} <= {
        sandbox.event_type("technical-interview"),
        sandbox.event_type("portfolio-review"),
    }


def test_refuses_a_subscription_without_the_plan(sandbox: Sandbox, api: Api) -> None:
    sandbox.option(plan="standard")

    answer = api(
        "POST",
        "/webhook_subscriptions",
        json={
            "url": "https://desk.example/hook",
            "events": ["routing_form_submission.created"],
            "organization": sandbox.organization,
            "scope": "organization",
        },
    )

    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "Please upgrade your Calendly account to Enterprise.",
    )
