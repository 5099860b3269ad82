"""The environment of every test run; pyproject.toml loads it before Django's settings are read.

What is set here wins over a developer's .env file: no test may reach a real installation's services or Calendly.
"""

import os
import tempfile

# Kept in a variable: the folder goes when the process does.
_var_dir = tempfile.TemporaryDirectory(prefix="anteroom-tests-")

os.environ.update(
    DEBUG="True",
    SITE_URL="http://localhost:8000",
    VAR_DIR=_var_dir.name,
    EMAIL_URL="memory:",
    CALENDLY_SANDBOX="False",
    CALENDLY_API_URL="http://127.0.0.1:9",
    CALENDLY_AUTH_URL="http://127.0.0.1:9",
    CALENDLY_GATEWAY_URL="http://127.0.0.1:9",
    CALENDLY_GATEWAY_CONTROL_URL="http://127.0.0.1:9",
    CALENDLY_CLIENT_ID="anteroom-sandbox",
    CALENDLY_CLIENT_SECRET="anteroom-sandbox-secret",
    CALENDLY_WEBHOOK_SIGNING_KEY="anteroom-sandbox-signing-key",
)
# `make test` names real services for the tests that are marked so.
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_var_dir.name}/anteroom.sqlite3")
os.environ.setdefault("REDIS_URL", "")
