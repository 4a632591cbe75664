"""Moving the app of the second factor to another telephone.

The library knows setting up and removing. Of whom a factor is demanded the last one cannot be
removed, so whoever came in with a printed code, because the telephone is lost, found no way on.
"""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_removed
from allauth.mfa.totp.views import ActivateTOTPView
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.generic.edit import FormView

from courses.kit.http import visitor


@method_decorator([login_required, reauthentication_required(app="allauth.mfa")], name="dispatch")
class ReplaceTOTPView(ActivateTOTPView):
    """Sets up an app in the place of the present one, in one step: no moment is without."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Go on where there is an app; otherwise it is set up, not replaced."""
        if not self._present().exists():
            return redirect("mfa_activate_totp")
        return FormView.dispatch(self, request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say that it takes the place of another."""
        return super().get_context_data(**kwargs) | {"replaces": True}

    def form_valid(self, form: Any) -> HttpResponse:
        """Take the old app away and keep the new one."""
        with transaction.atomic():
            for old in self._present().select_for_update():
                old.delete()
                authenticator_removed.send(
                    sender=Authenticator, request=self.request, user=old.user, authenticator=old
                )
            answer: HttpResponse = super().form_valid(form)
        return answer

    def _present(self) -> Any:
        return Authenticator.objects.filter(
            user=visitor(self.request), type=Authenticator.Type.TOTP
        )
