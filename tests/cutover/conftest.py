"""What several tests of the switch begin with."""

import pytest

from apps.accounts.models import User
from apps.cutover.rollbacks import Rollback


@pytest.fixture
def dana(owner):
    return User.objects.get(email="dana@northstar.example")


@pytest.fixture
def prepared(project, consultant):
    """The ways back of the four critical systems, by system."""
    consultant.post("/projects/move/cutover/rollback/prepare/")
    return {row.system: row for row in Rollback.objects.select_related("sheet", "project")}
