"""What every type of page says of itself to Wagtail, and the form of pages made for one thing."""

from typing import Any

from wagtail.admin.forms import WagtailAdminPageForm

# A page is open to everybody or to whoever is signed in: no shared passwords, and no list of
# other schools' groups to choose from.
SIGNED_IN_ONLY = ["login"]


class ChosenOnceForm(WagtailAdminPageForm):
    """A page's form with fields that are chosen when the page is made, and then only shown.

    The page type names them in `chosen_once`. A page that is there offers what was chosen and
    nothing else: a list of all would name what an editor need not know.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return
        for name in self._meta.model.chosen_once:
            field = self.fields[name]
            field.disabled = True
            field.queryset = field.queryset.filter(pk=getattr(self.instance, f"{name}_id"))
