"""House rules of templates, styles and scripts: nothing inline, nothing from outside, nothing changed under us."""

import hashlib
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OURS = sorted([*(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js")])

# Bootstrap 5.3.3 as published; a new carrier or version changes these on purpose or not at all.
BOOTSTRAP = {
    "js-lib-bootstrap5/css/bootstrap.min.css": "3c8f27e6009ccfd710a905e6dcf12d0ee3c6f2ac7da05b0572d3e0d12e736fc8",
    "js-lib-bootstrap5/js/bootstrap.bundle.min.js": "0833b2e9c3a26c258476c46266e6877fc75218625162e0460be9a3a098a61c6c",
}


@pytest.mark.parametrize("path", BOOTSTRAP)
def test_bootstrap_is_the_one_we_looked_at(path):
    assert hashlib.sha256(Path(finders.find(path)).read_bytes()).hexdigest() == BOOTSTRAP[path]


def test_there_are_templates_and_styles_to_look_at():
    assert len(TEMPLATES) > 30
    assert len(OURS) > 10


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_holds_no_style_no_script_and_nothing_from_outside(path):
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", path.read_text())
    assert not re.search(r"\sstyle\s*=", text), "a width is an attribute of SVG, everything else a class"
    assert "<style" not in text
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "events are listened to in static/js"
    assert "hx-on" not in text
    assert not re.search(r"hx-(vals|headers)\s*=\s*[\"']js:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    assert not re.search(r"(?:src|<link[^>]*href)\s*=\s*[\"'](?:https?:)?//", text)
    assert "|safe" not in text
    assert "javascript:" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_can_be_read(path):
    get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_our_styles_and_scripts_are_short_and_ask_nobody(path):
    text = path.read_text()
    assert len(text.splitlines()) < 400
    assert not re.search(r"https?://", text)
    assert not re.search(r"\beval\(|new Function|innerHTML\s*=\s*[^;]*(detail|value|text)\b", text)


def test_the_csrf_token_stands_once_on_the_body():
    text = (ROOT / "templates/base.html").read_text()
    assert text.count("hx-headers:inherited") == 1
    assert re.search(r"<body[^>]*hx-headers:inherited", text)


def test_htmx_may_not_run_texts_add_styles_or_leave_the_site():
    head = (ROOT / "templates/ui/_head.html").read_text()
    for setting in [
        '"allowEval": false',
        '"includeIndicatorCSS": false',
        '"selfRequestsOnly": true',
        '"mode": "same-origin"',
    ]:
        assert setting in head


def test_the_theme_is_known_before_anything_is_drawn():
    head = (ROOT / "templates/ui/_head.html").read_text()
    assert head.index("js/theme.js") < head.index("stylesheet")
    assert "theme.js' %}\"></script>" in head, "neither deferred nor asynchronous"
