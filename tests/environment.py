"""The environment of every test run; pyproject.toml loads it before Django's settings are read."""

import os
import tempfile

os.environ.update(
    DEBUG="True",
    SITE_URL="http://localhost:8000",
    CALENDLY_SANDBOX="False",
    VAR_DIR=tempfile.mkdtemp(prefix="anteroom-tests-"),
)
