"""What the tests of contacts share."""

import pytest


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    """Ticking items when a fact turns is the checklist's own matter, with its own tests."""
    settings.FACT_LISTENERS = []
