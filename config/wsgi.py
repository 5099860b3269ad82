"""The WSGI entry point gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# Whatever is loaded by now is there for life: the collector need not walk it again in the middle of a page, which took
# a quarter of Today's time.
_ = get_resolver().url_patterns
gc.freeze()
