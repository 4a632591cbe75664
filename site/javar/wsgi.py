"""The entrance for gunicorn: `gunicorn --pythonpath site javar.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "javar.settings")
_site = get_wsgi_application()

# The models come after the application, which sets Django up.
from javar.web.outage import guarded  # noqa: E402

application = guarded(_site)
