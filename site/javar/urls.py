"""The whole URL map, readable top to bottom.

Persian addresses have no prefix, English ones stand under /en/.
"""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from wagtail.admin import urls as wagtailadmin_urls

from courses.kit.rooms import rooms
from javar.admin import doors
from javar.web.contacts import SignUpView
from javar.web.health_doors import alive, ready
from javar.web.password_reset import reset_ask, reset_done
from javar.web.second_factor_views import ReplaceTOTPView
from javar.web.security_txt import security_txt

handler500 = "javar.web.outage.server_error"

urlpatterns = [
    # Answered by the first middleware, before hosts, sessions and redirects to https.
    path("healthz", alive, name="healthz"),
    path("readyz", ready, name="readyz"),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    # One way in for everybody: the admin's own sign-in goes through the accounts.
    path(
        "admin/login/",
        RedirectView.as_view(pattern_name="account_login", query_string=True),
        name="admin_sign_in",
    ),
    path("admin/", include(doors.admin_doors)),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(doors.document_urls)),
    # Renditions of images on public pages; a web server in front may serve them instead.
    # The length is bound: a longer name is no file of ours, and some disks complain of it.
    re_path(r"^media/images/(?P<path>[\w.-]{1,200})$", serve,
            {"document_root": settings.MEDIA_ROOT / "images"}, name="media_images"),
]  # fmt: skip

urlpatterns += i18n_patterns(
    path("account/", include("javar.web.account_urls")),
    path("account/signup/", SignUpView.as_view(), name="account_signup"),
    path("account/password/reset/", reset_ask, name="account_reset_password"),
    path("account/password/reset/done/", reset_done, name="account_reset_password_done"),
    # The library's own ways of proving an e-mail or a number: ours have ceilings and tell nobody.
    path("account/email/", doors.nothing, name="account_email_shut"),
    path("account/confirm-email/", doors.nothing, name="account_confirm_shut"),
    path("account/confirm-email/<path:rest>", doors.nothing, name="account_confirm_key_shut"),
    path("account/login/code/<path:rest>", doors.nothing, name="account_login_code_shut"),
    path("account/", include("allauth.account.urls")),
    path("account/second-factor/totp/replace/", ReplaceTOTPView.as_view(), name="mfa_replace_totp"),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("my/", include("javar.desk.urls")),
    path("my/upkeep/", include("javar.upkeep.urls")),
    path("search/", include("javar.search.urls")),
    *(path("", include(room.urls)) for room in rooms() if room.urls),
    path("", include(doors.page_urls)),
    prefix_default_language=False,
)
