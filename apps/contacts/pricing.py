"""Keeping the price of contacts."""

from decimal import Decimal

from django.db import transaction

from apps.accounts.models import User
from apps.contacts.models import ListPrice
from apps.projects.models import Project


@transaction.atomic
def set_price(
    project: Project, *, per_thousand: Decimal | None, currency: str, client_sees: bool, by: User
) -> ListPrice:
    """One price for the whole project; the log says who typed it."""
    price, _ = ListPrice.objects.select_for_update().get_or_create(project=project)
    price.change(by, per_thousand=per_thousand, currency=currency, client_sees=client_sees)
    return price
