"""The site's addresses, and some that fail with other people's secrets in hand."""

import logging
import threading

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django_tasks import task

from javar.urls import handler500
from javar.urls import urlpatterns as site_addresses

logger = logging.getLogger("javar.canary")


@task()
def fail(words: str) -> None:
    """Fail in the worker."""
    logger.error("the task was given %s", words)
    raise ValueError(words)


def crash(request: HttpRequest, token: str) -> HttpResponse:
    """Log, enqueue, fail in a thread, then fail: with what was sent, and its address."""
    words = f"{request.POST.get('words', '')} {token}"
    logger.error("here are %s", words, extra={"words": words})
    logger.error("%d", words)
    fail.enqueue(words)
    thread = threading.Thread(target=lambda: [][int(words)])
    thread.start()
    thread.join()
    raise RuntimeError(words)


urlpatterns = [path("crash/<str:token>/", crash), *site_addresses]
__all__ = ["handler500", "urlpatterns"]
