"""Who comes in, and how: accounts and second factors."""

from javar.settings.machine import DEMO, SECRET_KEY, env

# --- accounts --------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "courses.notices.backend.ProvenContactBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:my_page"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "javar.web.adapter.SiteAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "login": "javar.accounts.SignInForm",
    "signup": "javar.accounts.SignUpForm",
    "reauthenticate": "javar.web.second_factor_forms.PasswordAgainForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
# Whoever types a stranger's address makes the site write to nobody.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
# How long the link to a new password lasts that goes by e-mail, from the press on; Django's own
# three days are long for a key that lies in a mailbox. An hour is what a registrar's link has, and
# a mail that comes late, or one read in the break, still opens.
PASSWORD_RESET_TIMEOUT = 60 * env.int("JAVAR_RESET_LINK_MINUTES", default=60)
# No “remember me”: a session ends with the browser.
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_USERNAME_MIN_LENGTH = 4
ACCOUNT_PRESERVE_USERNAME_CASING = False
# The number of proxies in front whose forwarded address may be believed; without it the limits
# on sign-in would count everybody as one visitor, or believe a forged header.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
# Tests sign in many people from one address; the real limits stand in `javar.web.limits`, and
# allauth's, which every process counts for itself, are off.
JAVAR_RATE_LIMITS = env.bool("JAVAR_RATE_LIMITS", default=True)
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False

# --- second factors --------------------------------------------------------------------------
# Demanded of editors, registrars, counsellors, officers and keepers; a demo's password is public.
JAVAR_MFA = env.bool("JAVAR_MFA", default=not DEMO)
# Seal the secrets of apps and recovery codes; the first seals, every one opens.
JAVAR_SECOND_FACTOR_KEYS = env.list("JAVAR_SECOND_FACTOR_KEYS", default=[SECRET_KEY])
MFA_ADAPTER = "javar.web.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "javar.web.second_factor_forms.AuthenticateForm",
    "reauthenticate": "javar.web.second_factor_forms.ReauthenticateForm",
    "activate_totp": "javar.web.second_factor_forms.ActivateTOTPForm",
}
# A cheap telephone's clock is half a minute wrong.
MFA_TOTP_TOLERANCE = 1
