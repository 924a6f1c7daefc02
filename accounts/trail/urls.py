"""Pages of the audit trail and of support's visits."""

from django.urls import path

from accounts.trail import views, visits_views

urlpatterns = [
    path("w/<slug:slug>/settings/audit/", views.trail, name="audit_trail"),
    path("w/<slug:slug>/settings/audit/export.<str:form>", views.export, name="export_audit_trail"),
    path("w/<slug:slug>/settings/audit/visits/<uuid:uid>/end/", visits_views.end, name="end_visit"),
    path("accounts/activity/", views.activity, name="activity"),
    path("w/<slug:slug>/leave-visit/", visits_views.leave, name="leave_visit"),
]
