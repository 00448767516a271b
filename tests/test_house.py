"""The house rules that a machine can read: doors, models, texts, sizes."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps as django_apps
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for folder in ("apps", "engine", "migrator") for path in (ROOT / folder).rglob("*.py"))
OUTSIDE_PROJECTS = {
    "accounts.User": "a person, who may belong to several consultancies",
    "accounts.Organisation": "the tenant itself",
    "accounts.KeptMail": "a password reset before any consultancy; the column may be empty",
    "accounts.CalendarFeed": "a person's own, over all his projects",
    "accounts.DigestDay": "a person's own day, over all his projects",
    "ui.OnceToken": "digests of used form tokens, nothing of a project",
    "jobs.WorkerHeartbeat": "processes, nothing of a project",
    "contacts.MailDomain": "what the public DNS says of a domain that several contacts share, the same for everybody",
}


def leaves(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from leaves(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern.callback


def test_every_project_address_passes_the_door():
    inside = [(address, view) for address, view in leaves(get_resolver().url_patterns) if "<slug:slug>" in address]
    assert inside
    for address, view in inside:
        marker = "project_role" if address.startswith("projects/") else "organisation_role"
        assert hasattr(view, marker), f"{address} does not pass the door"


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name == "views.py"], ids=str)
def test_views_reach_rows_through_the_project(path):
    """Only the doors, the first pages and a person's own pages may ask a manager."""
    allowed = {"accounts", "overview", "jobs", "projects"}
    if path.parent.name not in allowed:
        assert ".objects" not in path.read_text()


def test_every_table_inside_a_project_knows_its_project():
    """Promise P3 begins here: no row without a tenant, by a column that cannot be empty."""
    for model in django_apps.get_models():
        if not model.__module__.startswith("apps.") or model._meta.label in OUTSIDE_PROJECTS:
            continue
        names = {field.name: field for field in model._meta.concrete_fields}
        tenant = names.get("project") if "project" in names and not names["project"].null else names.get("organisation")
        assert tenant is not None and not tenant.null, f"{model._meta.label} has no tenant"


@pytest.mark.parametrize("path", [path for path in SOURCES if "migrations" not in path.parts], ids=str)
def test_files_and_functions_stay_small(path):
    text = path.read_text()
    assert text.count("\n") <= 400, f"{path} is longer than 400 lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{path}: {node.name} is longer than 60 lines"


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=str)
def test_templates_trust_nobody(path):
    """Autoescape stays on; no style or script inline; nothing from elsewhere."""
    text = path.read_text()
    assert not re.search(r"\|\s*safe\b|autoescape off|mark_safe", text)
    assert not re.search(r"<[^>]+\sstyle\s*=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+\s*=\s*[\"']", text)
    assert not re.search(r"(src|href)\s*=\s*[\"']https?://", text)


def test_no_source_marks_text_as_safe():
    for path in SOURCES:
        assert "mark_safe" not in path.read_text() or path.parts[-2] in ("ui", "templatetags"), path


def test_nothing_third_party_is_committed():
    assert not list((ROOT / "static").rglob("*.min.*"))


def test_the_web_process_starts_without_polars():
    code = "import migrator.wsgi, migrator.urls, sys; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
