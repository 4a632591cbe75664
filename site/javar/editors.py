"""Wagtail's users app, with a list that shows only people with editing rights."""

from wagtail.users.apps import WagtailUsersAppConfig


class EditorsUsersConfig(WagtailUsersAppConfig):
    """Points Wagtail at our narrowed user list."""

    user_viewset = "javar.editors_viewset.EditorViewSet"
