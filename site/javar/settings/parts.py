"""What the site is made of: its apps, its middleware, its templates, its languages."""

from django.utils.translation import gettext_lazy as _

from javar.settings.machine import SITE

# --- what the site is made of ----------------------------------------------------------------
INSTALLED_APPS = [
    # the site
    "javar",
    "javar.theme",
    "javar.pages",
    "javar.desk",
    "javar.search",
    # the domain, top floor first
    "courses.matching",
    "courses.learning",
    "courses.enrolment",
    "courses.vacancies",
    "courses.curricula",
    "courses.skills",
    "courses.law",
    "courses.organisations",
    "courses.imports",
    "courses.notices",
    "courses.people",
    "courses.kit",
    # libraries
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "wagtail.contrib.simple_translation",
    "wagtail.embeds",
    "wagtail.sites",
    "javar.editors.EditorsUsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.admin",
    "wagtail.search",
    "wagtail.locales",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # Its widgets' templates, for a form renderer that uses our engine with our tags.
    "django.forms",
]

MIDDLEWARE = [
    # Before all others: a monitor has no session, no host of ours, and asks every few seconds.
    "javar.web.health_doors.health_doors",
    "javar.web.request_id.request_id",
    "django.middleware.security.SecurityMiddleware",
    "javar.middleware.one_slash_begins_a_path",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "javar.middleware.admin_content_policy",
    "javar.middleware.nothing_is_asked_of_the_device",
    "javar.web.sessions.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "javar.middleware.private_pages_are_not_stored",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "javar.web.sign_in_log.turned_away",
    "javar.web.session_ends.sessions_end",
    "javar.web.second_factor.second_factor_asked",
    "javar.admin.gate.admin_gate",
    "javar.admin.trail.downloads_are_recorded",
    "javar.middleware.wrong_input_is_422",
    "javar.middleware.refusals_become_sentences",
    "javar.web.outage.outages_become_words",
    "javar.web.limits.limits_hold",
]

ROOT_URLCONF = "javar.urls"
WSGI_APPLICATION = "javar.wsgi.application"
ASGI_APPLICATION = "javar.asgi.application"
FORM_RENDERER = "javar.theme.forms.ThemeFormRenderer"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # The site's apps stand first, so that their templates win; no folder is named twice, or a
        # template that extends the one it replaces would do so twice.
        "OPTIONS": {
            "loaders": [
                ("django.template.loaders.cached.Loader", ["javar.theme.loaders.ClosedUp"]),
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "javar.frame.frame",
            ],
            "builtins": ["javar.theme.templatetags.theme", "courses.kit.templatetags.rights"],
        },
    }
]

# --- languages -------------------------------------------------------------------------------
LANGUAGE_CODE = "fa"
LANGUAGES = [("fa", _("Persian")), ("en", _("English"))]
LOCALE_PATHS = [SITE / "locale", SITE / "locale_upstream"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tehran"
