"""The rate budget: shared, with people first, and learnt from what Calendly answers."""

import time
from collections.abc import Iterator

import pytest
import requests
from django.conf import LazySettings
from limits.storage import MemoryStorage, RedisStorage

from scheduling.calendly import errors
from scheduling.calendly.budget import Budget, Priority
from scheduling.models import Connection, RateWindow
from scheduling.services import budgets, connections
from tests.factories import ConnectionFactory
from tests.sandbox_process import Sandbox


def answer(status: int = 200, **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


@pytest.fixture
def windows() -> MemoryStorage:
    return MemoryStorage()


def test_refuses_a_person_rather_than_keeping_them_waiting(windows: MemoryStorage) -> None:
    budget = Budget(windows, "U", limit=3)
    for _ in range(3):
        budget.take("users.me")

    with pytest.raises(errors.RateLimited) as raised:
        budget.take("users.me")

    assert 55 < raised.value.reset_s <= 61
    assert budget.standing().left == 0


def test_keeps_a_share_of_the_window_for_people(windows: MemoryStorage) -> None:
    click = Budget(windows, "U", limit=40)
    background = Budget(windows, "U", limit=40, priority=Priority.BACKGROUND)
    for _ in range(38):
        background.take("scheduled_events.list")

    assert not windows.acquire_entry("calendly/U", 38, 61, 1)
    click.take("users.me")
    click.take("users.me")

    assert click.standing().left == 0


def test_makes_background_work_wait_for_its_turn(windows: MemoryStorage) -> None:
    budget = Budget(windows, "U", limit=2, window_s=0, priority=Priority.BACKGROUND)
    started = time.monotonic()

    for _ in range(3):
        budget.take("users.me")

    assert time.monotonic() - started > 1.0


@pytest.mark.parametrize(
    ("status", "headers", "left"),
    [
        (200, {"X_RateLimit_Limit": "50", "X_RateLimit_Remaining": "10"}, 10),
        (200, {"X_RateLimit_Limit": "500", "X_RateLimit_Remaining": "499"}, 499),
        (429, {}, 0),
        (200, {"X_RateLimit_Limit": "many", "X_RateLimit_Remaining": "-1"}, 499),
        (200, {}, 499),
    ],
)
def test_learns_from_answers(windows: MemoryStorage, status: int, headers: dict[str, str], left: int) -> None:
    budget = Budget(windows, "U", limit=500)
    budget.take("users.me")

    budget.learn(answer(status, **headers))

    assert budget.standing().left == left


def test_never_counts_more_left_than_we_know_we_used(windows: MemoryStorage) -> None:
    budget = Budget(windows, "U", limit=500)
    for _ in range(20):
        budget.take("users.me")

    budget.learn(answer(X_RateLimit_Limit="500", X_RateLimit_Remaining="499"))

    assert budget.standing().left == 480


@pytest.mark.databases
@pytest.mark.django_db
class TestShared:
    """In Redis where there is one, else in rows."""

    @pytest.fixture(autouse=True)
    def _forget(self) -> Iterator[None]:
        yield
        RateWindow.objects.all().delete()
        if isinstance(store := budgets.windows(), RedisStorage):
            store.reset()

    def test_counts_over_connections_of_one_user(self) -> None:
        connection = ConnectionFactory(rate_limit=5)
        for _ in range(4):
            budgets.of_connection(connection).take("users.me")

        budgets.of_connection(connection, Priority.CLICK).take("users.me")

        assert budgets.of_connection(connection).standing().left == 0
        assert budgets.of_connection(ConnectionFactory(rate_limit=5)).standing().left == 5

    def test_takes_all_or_nothing(self) -> None:
        windows = budgets.windows()

        assert windows.acquire_entry("calendly/A", 10, 61, 8)
        assert not windows.acquire_entry("calendly/A", 10, 61, 3)
        assert windows.acquire_entry("calendly/A", 10, 61, 2)
        assert windows.get_moving_window("calendly/A", 10, 61)[1] == 10

    def test_allows_eight_exchanges_a_minute(self) -> None:
        connection = ConnectionFactory()
        for _ in range(8):
            budgets.take_exchange(connection)

        with pytest.raises(errors.RateLimited):
            budgets.take_exchange(connection)


@pytest.mark.django_db
def test_keeps_the_limit_a_plan_has(sandbox: Sandbox, connection: Connection) -> None:
    sandbox.option(stage="free")

    connections.client_for(connection).me()

    connection.refresh_from_db()
    assert connection.rate_limit == 50


@pytest.mark.django_db
def test_waits_instead_of_being_refused(sandbox: Sandbox, connection: Connection, settings: LazySettings) -> None:
    settings.CALENDLY_RATE_WINDOW_S = 1
    sandbox.option(rate_limit="12", rate_window_s="1")
    Connection.objects.update(rate_limit=12)
    connection.refresh_from_db()
    client = connections.client_for(connection, priority=Priority.BACKGROUND)

    for _ in range(30):
        client.me()

    assert {request["status"] for request in sandbox.requests("users.me")} == {200}


@pytest.mark.django_db
def test_goes_on_after_others_spent_the_window(
    sandbox: Sandbox, connection: Connection, settings: LazySettings
) -> None:
    settings.CALENDLY_RATE_WINDOW_S = 1
    sandbox.option(rate_limit="10", rate_window_s="1")
    token = sandbox.tokens("owner")["access_token"]
    for _ in range(10):
        requests.get(
            f"{sandbox.api_url}/users/me",
            headers={"Authorization": f"Bearer {token}", "User-Agent": "another integration"},
            timeout=10,
        )

    me = connections.client_for(connection, priority=Priority.BACKGROUND).me()

    assert me.name == "Olive Owner"
