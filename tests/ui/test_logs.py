"""Logs hold no personal data (promise P16)."""

import io
import logging

import pytest

from apps.ui.logs import LineFormatter, WithoutAddresses


@pytest.fixture
def lines():
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(LineFormatter("%(levelname)s %(message)s"))
    handler.addFilter(WithoutAddresses())
    log = logging.getLogger("canary")
    log.addHandler(handler)
    yield log, out
    log.removeHandler(handler)


def test_an_address_in_a_message_or_its_arguments_is_taken_out(lines):
    log, out = lines
    log.warning("row of %s, maya+tag@sunrise.example", "dana@xn--exmple-cua.example")
    assert "@" not in out.getvalue()
    assert out.getvalue().count("[address]") == 2


def test_an_address_in_a_traceback_is_taken_out(lines):
    log, out = lines
    try:
        raise ValueError("Key (email)=(maya@sunrise.example) already exists.")
    except ValueError:
        log.exception("failed")
    assert "ValueError" in out.getvalue()
    assert "maya@" not in out.getvalue()
