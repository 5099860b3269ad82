"""The throw-away services the second half of `make test` runs on."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from scripts import services
from scripts.machine import POSTGRESQL, REDIS
from scripts.processes import accepts

pytestmark = pytest.mark.services


@pytest.mark.django_db
@pytest.mark.usefixtures("postgres_url")
def test_runs_the_marked_tests_on_postgresql() -> None:
    assert connection.vendor == "postgresql"


def test_answers_as_redis(redis_url: str) -> None:
    place = urlsplit(redis_url)

    with socket.create_connection((place.hostname, place.port), timeout=5) as line:
        line.sendall(b"PING\r\n")

        assert line.recv(16) == b"+PONG\r\n"


@pytest.mark.usefixtures("postgres_url")
def test_leaves_no_postgresql_behind() -> None:
    programs = POSTGRESQL.find()
    if programs is None:
        pytest.skip("the given PostgreSQL is not on this machine")

    with services.postgresql(programs) as url:
        with psycopg.connect(url) as session:
            folder = Path(session.execute("show data_directory").fetchall()[0][0])
        port = urlsplit(url).port

    assert port
    assert not accepts(port)
    assert not folder.exists()


@pytest.mark.usefixtures("redis_url")
def test_leaves_no_redis_behind() -> None:
    program = REDIS.find()
    if program is None:
        pytest.skip("the given Redis is not on this machine")

    with services.redis(program) as url:
        port = urlsplit(url).port
        assert port
        assert accepts(port)

    assert not accepts(port)
