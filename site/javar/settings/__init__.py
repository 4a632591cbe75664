"""The settings, by subject. What differs between machines is read from the environment, typed, and
fails loudly: outside development the site refuses to start with a default secret, with demo
accounts, with DEBUG, or without being told its hosts.

`.env.example` lists every variable with its default.
"""

from javar.settings.accounts import *  # noqa: F403
from javar.settings.browsers import *  # noqa: F403
from javar.settings.data import *  # noqa: F403
from javar.settings.editing import *  # noqa: F403
from javar.settings.logs import *  # noqa: F403
from javar.settings.machine import *  # noqa: F403
from javar.settings.messages import *  # noqa: F403
from javar.settings.parts import *  # noqa: F403
