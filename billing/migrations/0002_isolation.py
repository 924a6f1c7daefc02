"""Row-level security. The app role reads its workspace's rows and writes none: what is had is decided by Stripe and support."""

from django.db import migrations

from multivio.rls import protect


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_plans"), ("accounts", "0007_firebase_identity")]
    operations = [
        protect("billing_billingaccount", writable=False),
        protect("billing_payer", writable=False),
        protect("billing_subscription", writable=False),
        protect("billing_comp", writable=False),
        protect("billing_billingevent", visible=None),
    ]
