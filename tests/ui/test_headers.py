"""Known headers on each answer (promise P17)."""

import subprocess
import sys

import pytest

from tests.workers import ROOT, environment


@pytest.mark.parametrize("path", ["/accounts/login/", "/nowhere/", "/healthz", "/static/css/base.css"])
def test_each_answer_has_the_known_headers(client, db, path):
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    if not path.startswith("/static/"):
        assert headers["X-Frame-Options"] == "DENY"
        assert "no-store" in headers["Cache-Control"]


def test_django_finds_nothing_to_complain_about_in_a_real_deployment(tmp_path, db):
    env = environment(tmp_path) | {
        "BASE_URL": "https://migrator.example",
        "SECURE_SSL_REDIRECT": "1",
        "SECRET_KEY": "k" * 64,
    }
    env["SECRET_KEY"] = "".join(chr(33 + n) for n in range(90))
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout, done.stdout + done.stderr
