"""The Celery application; tasks live in scheduling/tasks.py and only wake work that rows describe."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("anteroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
