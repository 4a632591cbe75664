"""Addresses of imports."""

from django.urls import path

from courses.imports import views

app_name = "imports"
urlpatterns = [
    path("imports/example/<str:kind>.<str:form>", views.batch_example, name="batch_example"),
    path("imports/new/<str:kind>/<str:subject>/", views.batch_new, name="batch_new"),
    path("imports/<uuid:public_id>/", views.batch_detail, name="batch_detail"),
    path("imports/<uuid:public_id>/columns/", views.batch_columns, name="batch_columns"),
    path("imports/<uuid:public_id>/apply/", views.batch_apply, name="batch_apply"),
    path("imports/<uuid:public_id>/lines/<int:number>/", views.row_answer, name="row_answer"),
    path("imports/<uuid:public_id>/undo/", views.batch_undo, name="batch_undo"),
    path("imports/<uuid:public_id>/drop/", views.batch_drop, name="batch_drop"),
    path("imports/<uuid:public_id>/receipt.<str:form>", views.batch_receipt,
         name="batch_receipt"),
]  # fmt: skip
