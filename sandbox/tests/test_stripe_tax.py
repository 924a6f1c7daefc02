"""Tax: by country, none for a business elsewhere, and what happens when nobody can tell where somebody is."""

from typing import Any

import pytest
import requests
import stripe

from sandbox.testing import Running
from sandbox.tests.stripe_life import Life, make_price

TAXED = {
    "automatic_tax": {"enabled": True},
    "tax_id_collection": {"enabled": True},
    "customer_update": {"address": "auto", "name": "auto"},
}


def buy(sandbox: Running, client: Any, *, price: Any = None, **typed: str) -> Life:
    return Life(sandbox, client, session=TAXED, typed=typed, price=price)


class TaxTests:
    @pytest.mark.parametrize(
        ("typed", "tax", "reason"),
        [
            ({"country": "DE"}, 551, "standard_rated"),
            ({"country": "FR"}, 580, "standard_rated"),
            ({"country": "FR", "tax_id": "FR12345678901"}, 0, "reverse_charge"),
            ({"country": "DE", "tax_id": "DE123456789"}, 551, "standard_rated"),
            ({"country": "US", "postal_code": "94107"}, 0, "not_collecting"),
        ],
    )
    def test_it_is_added_by_country(
        self, sandbox: Running, client: Any, typed: dict[str, str], tax: int, reason: str
    ) -> None:
        life = buy(sandbox, client, **typed)
        assert life.paid["session"]["total_details"]["amount_tax"] == tax
        invoice = life.invoices()[0]
        assert (invoice.subtotal, invoice.total, invoice.automatic_tax.status) == (2900, 2900 + tax, "complete")
        assert [(each.amount, each.taxability_reason) for each in invoice.total_taxes] == [(tax, reason)]
        assert invoice.total_excluding_tax == 2900
        ids = client.v1.customers.tax_ids.list(life.customer.id).data
        assert [each.value for each in ids] == [each for name, each in typed.items() if name == "tax_id"]

    def test_it_can_be_in_the_price(self, sandbox: Running, client: Any) -> None:
        life = buy(sandbox, client, price=make_price(client, tax_behavior="inclusive"), country="DE")
        invoice = life.invoices()[0]
        assert (invoice.total, invoice.total_taxes[0].amount, invoice.total_taxes[0].tax_behavior) == (
            2900, 463, "inclusive"
        )  # fmt: skip

    def test_nothing_is_sold_to_nowhere(self, sandbox: Running, client: Any) -> None:
        assert buy(sandbox, client).paid["result"] == "nowhere"
        assert buy(sandbox, client, price=make_price(client, "b"), country="US").paid["result"] == "nowhere"
        bad = buy(sandbox, client, price=make_price(client, "c"), country="FR", tax_id="FR1")
        assert bad.paid["result"] == "Your VAT ID is invalid."

    def test_the_page_asks_for_it_and_shows_the_tax(self, sandbox: Running, client: Any) -> None:
        life = buy(sandbox, client)
        assert "Tax: depends on your address" in requests.get(life.session.url, timeout=5).text
        page = {"card": "4242424242424242", "country": "FR", "decision": "apply"}
        assert "Tax: €5.80" in requests.post(life.session.url, data=page, timeout=5).text

    def test_a_renewal_that_knows_no_place_waits_and_goes_on_with_one(self, sandbox: Running, client: Any) -> None:
        life = buy(sandbox, client, country="DE")
        client.v1.customers.update(life.customer.id, params={"address": ""})
        life.advance(32)
        stuck = life.invoices()[-1]
        assert (stuck.status, stuck.automatic_tax.status) == ("draft", "requires_location_inputs")
        assert stuck.last_finalization_error.code == "customer_tax_location_invalid"
        assert (life.subscription.status, "invoice.finalization_failed" in life.told()) == ("active", True)
        client.v1.customers.update(life.customer.id, params={"address": {"country": "FR"}})
        done = life.invoices()[-1]
        assert (done.id, done.status, done.total) == (stuck.id, "paid", 3480)

    def test_a_session_that_could_not_tell_is_refused(self, sandbox: Running, client: Any) -> None:
        with pytest.raises(stripe.InvalidRequestError, match="requires a valid address"):
            Life(sandbox, client, session={**TAXED, "customer_update": {"name": "auto"}})

    def test_the_portal_takes_an_address_and_the_invoice_says_the_tax(self, sandbox: Running, client: Any) -> None:
        life = buy(sandbox, client, country="FR", tax_id="FR12345678901")
        portal = client.v1.billing_portal.sessions.create(params={"customer": life.customer.id}).url
        assert "VAT ID FR12345678901" in requests.get(portal, timeout=5).text
        saved = requests.post(portal, data={"do": "address", "country": "IT", "postal_code": "20121"}, timeout=5)
        assert "Your address was saved." in saved.text
        assert client.v1.customers.retrieve(life.customer.id).address.country == "IT"
        assert "owed by you (reverse charge)" in requests.get(life.invoices()[0].hosted_invoice_url, timeout=5).text
