"""The admin site: every model is there, nothing secret is, and deliveries can be processed again."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from candidates.models import SearchWord
from scheduling.models import BookingWord, Delivery
from scheduling.services import inbox
from tests.factories import CandidateFactory, ConnectionFactory, LinkFactory, SubscriptionFactory, make_interview
from tests.scheduling.conftest import signed_in

# What others are found by is nothing anybody looks at.
INDEXES = (SearchWord, BookingWord)
MODELS = [
    model
    for app in ("candidates", "scheduling")
    for model in apps.get_app_config(app).get_models()
    if model not in INDEXES
]


@pytest.fixture
def root(db: None) -> Client:
    return signed_in(User.objects.create_superuser("root@example.org", "root@example.org", "a long password"))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_every_model_with_columns_and_search(root: Client, model: type) -> None:
    make_interview(CandidateFactory())
    LinkFactory()
    site = admin.site._registry[model]
    path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"  # type: ignore[attr-defined]

    assert len(site.list_display) > 1
    assert site.search_fields
    assert site.list_filter
    assert root.get(path, {"q": "x"}).status_code == 200


def test_shows_no_secret(root: Client) -> None:
    connection = ConnectionFactory(access_token="the access token", refresh_token="the refresh token")
    subscription = SubscriptionFactory(connection=connection)
    link = LinkFactory()
    pages = [
        f"/admin/scheduling/connection/{connection.pk}/change/",
        f"/admin/scheduling/subscription/{subscription.pk}/change/",
        f"/admin/scheduling/bookinglink/{link.pk}/change/",
    ]

    shown = "".join(root.get(page).content.decode() for page in pages)

    for secret in ("the access token", "the refresh token", subscription.key, link.token, link.prefilled_url):
        assert secret not in shown


def test_processes_a_failed_delivery_again(root: Client) -> None:
    delivery = inbox.store(SubscriptionFactory(), b"not json", now=timezone.now())
    assert delivery is not None
    inbox.process(delivery.pk)
    page = root.get("/admin/scheduling/delivery/").content.decode()
    assert "the body is not JSON" in page

    root.post("/admin/scheduling/delivery/", {"action": "process_again", "_selected_action": [delivery.pk]})

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (Delivery.State.NEW, 0)


def test_not_for_charlie(charlie: Client) -> None:
    assert charlie.get("/admin/scheduling/delivery/").status_code in (302, 403)
