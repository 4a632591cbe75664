"""The written list of doors: every view that takes a password, a code or a sign-in link.

`test_doors.py` walks the resolver and fails on a door that is not here. To add one, write its URL
name, what it takes, what limits guessing and where the second factor is asked:

* `shut`: answers 404 to everybody, whatever is sent. Nothing else needs to be said.
* `way`: shows or sends, but takes no secret by itself (a page that says “done”, a redirect).
* `taken`: takes a secret. `limit` says what ends guessing, `second` how the second factor follows.

A limit beginning with `rate:` names one of the table in `javar.web.limits`; it is checked to exist.
"""

from dataclasses import dataclass

SHUT, WAY, TAKEN = "shut", "way", "taken"


@dataclass(frozen=True)
class Door:
    """One view on the list."""

    name: str
    kind: str
    limit: str = ""
    second: str = ""


SIGN_IN_ASKS = "asked before the session begins, by the one sign-in"
SIGNED_IN = "only somebody signed in comes here"
CODE = "five tries, ten minutes, ten codes a day, kept as a keyed hash"
LONG = "120 random bits, used once, kept as a hash, dated"

DOORS = (
    # Wagtail's ways in, beside the accounts.
    Door("wagtailcore_login", SHUT),
    Door("wagtailcore_authenticate_with_password", SHUT),
    Door("wagtaildocs_authenticate_with_password", SHUT),
    # Never reached: `admin_sign_in` stands at the same address, before it.
    Door("wagtailadmin_login", WAY),
    Door("wagtailadmin_password_reset", SHUT),
    Door("wagtailadmin_password_reset_done", SHUT),
    Door("wagtailadmin_password_reset_confirm", SHUT),
    Door("wagtailadmin_password_reset_complete", SHUT),
    Door("admin_sign_in", WAY),
    Door("wagtailadmin_account", WAY),
    Door("wagtailadmin_logout", WAY),
    # Private pages and documents: to the one sign-in, or 403.
    Door("wagtailadmin_pages:set_privacy", WAY),
    Door("wagtailadmin_collections:set_privacy", WAY),
    # Accounts in the admin: their owners alone choose passwords.
    Door("wagtailusers_users:add", WAY),
    Door("wagtailusers_users:edit", WAY),
    # The one sign-in.
    Door("account_login", TAKEN, "rate:sign_in.account", SIGN_IN_ASKS),
    Door("account_signup", TAKEN, "rate:sign_up", "a new account has none yet"),
    Door("account_reset_password", WAY),
    Door("account_reset_password_from_key", TAKEN, "rate:reset.link", SIGN_IN_ASKS),
    Door("account_reset_password_done", WAY),
    Door("account_reset_password_from_key_done", WAY),
    Door("account_change_password", TAKEN, "rate:own_password", SIGNED_IN),
    Door("account_set_password", TAKEN, "rate:own_password", SIGNED_IN),
    Door("account_reauthenticate", TAKEN, "rate:own_password", SIGNED_IN),
    # Never reached: the shut ones stand at the same addresses, before them.
    Door("account_email", SHUT),
    Door("account_email_verification_sent", SHUT),
    Door("account_confirm_email", SHUT),
    Door("account_confirm_login_code", SHUT),
    Door("account_email_shut", SHUT),
    Door("account_confirm_shut", SHUT),
    Door("account_confirm_key_shut", SHUT),
    Door("account_login_code_shut", SHUT),
    # Codes by SMS, who of a family, a new password, one's own number and e-mail.
    Door("accounts:code_ask", WAY),
    Door("accounts:code_check", TAKEN, CODE, SIGN_IN_ASKS),
    Door("accounts:code_choose", WAY),
    Door("accounts:code_answer", TAKEN, "rate:code_answers", SIGN_IN_ASKS),
    Door("accounts:code_password", TAKEN, "rate:reset.link", SIGN_IN_ASKS),
    Door("accounts:contact_list", WAY),
    Door("accounts:contact_check", TAKEN, CODE, SIGNED_IN),
    Door("accounts:contact_change", TAKEN, "rate:own_password", SIGNED_IN),
    Door("accounts:contact_remove", TAKEN, "rate:own_password", SIGNED_IN),
    Door("accounts:contact_password", TAKEN, "rate:own_password", SIGNED_IN),
    # The second factor.
    Door("mfa_authenticate", TAKEN, "rate:second_factor", "it is the second step"),
    Door("mfa_reauthenticate", TAKEN, "rate:second_factor", SIGNED_IN),
    Door("mfa_activate_totp", TAKEN, "rate:second_factor", SIGNED_IN),
    Door("mfa_replace_totp", TAKEN, "rate:second_factor", SIGNED_IN),
    Door("mfa_add_webauthn", TAKEN, "a signed challenge", SIGNED_IN),
    Door("mfa_reauthenticate_webauthn", TAKEN, "a signed challenge", SIGNED_IN),
    Door("mfa_index", WAY),
    Door("mfa_deactivate_totp", WAY),
    Door("mfa_view_recovery_codes", WAY),
    Door("mfa_generate_recovery_codes", WAY),
    Door("mfa_download_recovery_codes", WAY),
    Door("mfa_list_webauthn", WAY),
    Door("mfa_edit_webauthn", WAY),
    Door("mfa_remove_webauthn", WAY),
    Door("account_inactive", WAY),
    # Of sign-ins it shows a keeper the log; it takes nothing that opens one.
    Door("upkeep:sign_in_list", WAY),
    Door("account_logout", WAY),
    # Links of the site's own.
    Door("notices:first_sign_in", TAKEN, LONG, "an account without a password has none yet"),
    Door("notices:way_back", TAKEN, f"{LONG}, an hour, ten tries", SIGN_IN_ASKS),
    Door("notices:way_back_list", WAY),
    Door("notices:way_back_approve", WAY),
    Door("enrolment:consent_answer", TAKEN, f"{LONG}; later powers: {CODE}", "signs nobody in"),
    Door("enrolment:offer_answer", TAKEN, LONG, "signs nobody in"),
    Door("matching:audit_detail", TAKEN, LONG, "signs nobody in"),
    Door("matching:audit_snapshot", TAKEN, LONG, "signs nobody in"),
)  # fmt: skip
