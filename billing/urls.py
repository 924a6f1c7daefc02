"""Pages of plans and payment."""

from django.urls import path

from billing import credit_views, meter_views, stay_views, views, webhook

urlpatterns = [
    path("pricing/", views.pricing, name="pricing"),
    path("billing/webhook", webhook.webhook, name="stripe_webhook"),
    path("billing/webhook/meters", webhook.thin_webhook, name="stripe_thin_webhook"),
    path("w/<slug:slug>/settings/plan/", views.plan, name="plan"),
    path("w/<slug:slug>/settings/plan/invoices/", views.invoices, name="plan_invoices"),
    path("w/<slug:slug>/settings/plan/history/", views.history, name="plan_history"),
    path("w/<slug:slug>/settings/plan/connections/", stay_views.plan_connections, name="plan_connections"),
    path("w/<slug:slug>/settings/plan/change/", views.change, name="change_plan"),
    path("w/<slug:slug>/settings/plan/seats/", views.seats, name="seats"),
    path("w/<slug:slug>/settings/plan/back/", views.checkout_return, name="checkout_return"),
    path("w/<slug:slug>/settings/plan/checkout/", views.checkout, name="checkout"),
    path("w/<slug:slug>/settings/plan/x-posts/", meter_views.x_posts, name="x_posts"),
    path("w/<slug:slug>/settings/plan/credits/", credit_views.buy, name="buy_credits"),
    path("w/<slug:slug>/settings/plan/credits/back/", credit_views.credits_return, name="credits_return"),
    path("w/<slug:slug>/settings/plan/portal/", views.portal, name="billing_portal"),
    path("w/<slug:slug>/settings/plan/cancel/", views.cancel, name="cancel_plan"),
    path("w/<slug:slug>/settings/plan/resume/", views.resume, name="resume_plan"),
]
