"""What the tests of the inventory share."""

import pytest

from apps.assets.models import Asset


@pytest.fixture
def asset(project):
    return Asset.objects.create(project=project, name="Home page", kind="other_page", url="https://example.org/")


@pytest.fixture
def internal(project):
    """Something the client does not see."""
    return Asset.objects.create(project=project, name="Margin sheet", kind="other_page", client_sees=False)
