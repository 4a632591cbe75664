"""The entrance for gunicorn: `gunicorn --pythonpath site javar.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "javar.settings")
application = get_wsgi_application()
