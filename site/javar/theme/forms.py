"""How plain Django forms are drawn: `{{ form }}` and `{{ field.as_field_group }}` in our style.

Only the form and the field around a widget are ours; the widgets stay Django's (and Wagtail's),
so the admin's forms are not touched.
"""

from django.forms.renderers import TemplatesSetting


class ThemeFormRenderer(TemplatesSetting):
    """Draws a form as error summary and fields, a field as label, hint, error and control."""

    form_template_name = "theme/forms/form.html"
    field_template_name = "theme/components/field.html"
