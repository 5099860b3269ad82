"""The sandbox, in a process of its own, for every test that talks to Calendly; a test database that is made soon."""

import gc
from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from tests.sandbox_process import Sandbox, running


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Collect no garbage while the database is made.

    Migrations define every model anew after most operations; looking for garbage among the classes takes longer than
    all they do.
    """
    gc.disable()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Collect again, and never look again through what stays to the end."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox a test process, on a port and in a database of its own."""
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox, settings: LazySettings) -> Sandbox:
    """The sandbox with a small new world, holding its deliveries back; the desk is pointed at it."""
    sandbox_process.reset()
    settings.CALENDLY_API_URL = sandbox_process.api_url
    settings.CALENDLY_AUTH_URL = sandbox_process.auth_url
    settings.CALENDLY_GATEWAY_URL = f"{sandbox_process.url}/sandbox/gateway/calendly"
    settings.CALENDLY_GATEWAY_CONTROL_URL = f"{sandbox_process.url}/sandbox/gateway"
    return sandbox_process
