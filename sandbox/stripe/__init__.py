"""Stripe in the sandbox: customers, prices, Checkout, the customer portal, subscriptions, invoices and signed webhooks."""
