"""Two people at once: one ticks an item while the other opens what it waits for."""

import threading

import pytest
from django.db import connection

from apps.accounts.models import OrganisationRole
from apps.checklists import services
from apps.checklists.models import ChecklistItem, NotYet, State
from tests import factories
from tests.factories_checklists import item, waits

ROUNDS = 15


@pytest.mark.django_db(transaction=True)
def test_a_tick_and_the_opening_of_its_gate_never_both_stand():
    """0 of the rounds may end with an item done behind a shut gate."""
    project = factories.project(slug="race")
    person = factories.colleague(project.organisation, OrganisationRole.OWNER)
    for number in range(ROUNDS):
        first, second = item(project, f"first {number}"), item(project, f"second {number}")
        waits(second, first)
        services.complete(first, by=person, version=1)
        first.refresh_from_db()
        together = threading.Barrier(2)
        acts = [
            (services.reopen, first, first.version),
            (services.complete, second, second.version),
        ]
        threads = [threading.Thread(target=_act, args=(together, person, *act)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert ChecklistItem.objects.get(pk=first.pk).state == State.OPEN
        assert ChecklistItem.objects.get(pk=second.pk).state == State.OPEN


def _act(together, person, verb, row, version) -> None:
    try:
        together.wait(10)
        verb(row, by=person, version=version)
    except NotYet:
        pass
    finally:
        connection.close()
