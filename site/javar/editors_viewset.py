"""The user list of the admin, narrowed to editors on every view of it.

Students, guardians and firms are users of the site, not of its editor: their names have no
business in the admin, and an address with their number answers 404.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.admin.views.generic import usage
from wagtail.users.forms import UserEditForm
from wagtail.users.views import users

from courses.people.models import User
from javar.admin import refusing


def editors() -> QuerySet[User]:
    """Return the people who may enter the admin."""
    return User.objects.filter(
        Q(is_superuser=True)
        | Q(groups__permissions__codename="access_admin")
        | Q(user_permissions__codename="access_admin")
    ).distinct()


class EditorEditForm(UserEditForm):
    """Shows the e-mail and takes none: one that somebody else typed would count as proven."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email = self.fields["email"]
        email.disabled, email.required = True, False
        email.help_text = _("Its owner changes it, on the own page, by a code sent to it.")


class OneEditor:
    """Narrows a view of one user to editors."""

    def get_object(self, *args: Any) -> User:
        """Return the editor; anybody else is not found."""
        user: User = super().get_object(*args)  # type: ignore[misc]
        if not editors().filter(pk=user.pk).exists():
            raise Http404
        return user


class EditorIndexView(users.IndexView):
    """The list of editors."""

    def get_base_queryset(self) -> QuerySet[User]:
        """Return the editors, whatever is searched or filtered."""
        return super().get_base_queryset().filter(pk__in=editors().values("pk"))


class EditorEditView(OneEditor, users.EditView):
    """One editor."""


class EditorDeleteView(OneEditor, users.DeleteView):
    """Taking an editor's account away; one that did anything can only be put to sleep."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Say why an account stays, and where it is put to sleep, before anything is asked."""
        person = self.get_object()
        holders = refusing.holders_of([person])
        if holders and person.pk != request.user.pk:
            sentence = _(
                "“%(name)s” cannot be deleted, because others refer to it (%(holders)s). "
                "Take “Active” away below instead: nobody signs in with it any more."
            )
            words = {"name": person.get_username(), "holders": refusing.held_by(holders)}
            messages.error(request, sentence % words)
            return redirect("wagtailusers_users:edit", person.pk)
        return super().dispatch(request, *args, **kwargs)


class EditorHistoryView(OneEditor, users.HistoryView):
    """What happened to an editor's account."""


class EditorUsageView(OneEditor, usage.UsageView):
    """Where an editor's account is referred to."""


class EditorViewSet(users.UserViewSet):
    """Wagtail's user management, for editors only."""

    index_view_class = EditorIndexView
    edit_view_class = EditorEditView
    delete_view_class = EditorDeleteView
    history_view_class = EditorHistoryView
    usage_view_class = EditorUsageView
    # A copy would begin with the name and address of whoever the number belongs to.
    copy_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> Any:
        """Return the form of a new editor, or of one who has proven an address."""
        return EditorEditForm if for_update else super().get_form_class(for_update)
