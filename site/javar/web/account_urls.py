"""Addresses of signing in by code, a forgotten password, one's own contacts and sessions."""

from django.urls import path

from javar.web import code_sign_in, contacts, password_reset, session_pages

app_name = "accounts"
urlpatterns = [
    path("code/", code_sign_in.code_ask, name="code_ask"),
    path("code/check/", code_sign_in.code_check, name="code_check"),
    path("code/choose/", code_sign_in.code_choose, name="code_choose"),
    path("code/answer/", code_sign_in.code_answer, name="code_answer"),
    path("code/password/", password_reset.code_password, name="code_password"),
    path("contacts/", contacts.contact_list, name="contact_list"),
    path("contacts/check/", contacts.contact_check, name="contact_check"),
    path("contacts/password/", contacts.contact_password, name="contact_password"),
    path("contacts/<slug:what>/", contacts.contact_change, name="contact_change"),
    path("contacts/<slug:what>/remove/", contacts.contact_remove, name="contact_remove"),
    path("sessions/", session_pages.session_list, name="session_list"),
    path("sessions/end/", session_pages.session_end_all, name="session_end_all"),
    path("sessions/<int:pk>/end/", session_pages.session_end, name="session_end"),
]
