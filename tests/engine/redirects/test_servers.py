"""The files that are written, on the servers they are for: a real nginx, a real Apache."""

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from engine.redirects.checking import check_after
from engine.redirects.maps import Redirect
from engine.redirects.writing import FORMS
from tests.engine.redirects.test_checking import ask, server

pytestmark = pytest.mark.servers
NGINX = """worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/redirects.conf;
  server {{ listen 127.0.0.1:{port}; listen 127.0.0.2:{port};
    if ($new_address = 410) {{ return 410; }}
    if ($new_address) {{ return 301 $new_address; }}
    return 404; }} }}
"""
APACHE = """ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
Listen 127.0.0.2:{port}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule rewrite_module {modules}/mod_rewrite.so
DocumentRoot {folder}/www
{wrap}
"""


def program(name):
    found = shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin:/bin")
    if found is None:
        pytest.skip(f"{name} was not found")
    return found


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextmanager
def running(command, port):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, process.stdout.read().decode()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


def with_nginx(folder, port, text):
    (folder / "redirects.conf").write_text(text)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    return [program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")]


def with_apache(folder, port, text, wrap="Include {folder}/redirects.conf"):
    (folder / "www").mkdir()
    target = "www/.htaccess" if "AllowOverride" in wrap else "redirects.conf"
    (folder / target).write_text(text)
    conf = APACHE.format(folder=folder, port=port, modules="/usr/lib/apache2/modules", wrap=wrap.format(folder=folder))
    (folder / "apache.conf").write_text(conf)
    return [program("apache2"), "-X", "-f", str(folder / "apache.conf")]


def with_htaccess(folder, port, text):
    return with_apache(
        folder, port, text, "<Directory {folder}/www>\nAllowOverride All\nRequire all granted\n</Directory>"
    )


@pytest.mark.parametrize(
    ("form", "starts"), [("nginx", with_nginx), ("apache", with_apache), ("apache", with_htaccess)]
)
def test_a_server_with_the_written_file_leads_everybody_where_the_list_says(form, starts, tmp_path):
    folder, port = Path(tmp_path), free_port()
    old, shop = f"http://127.0.0.1:{port}", f"http://127.0.0.2:{port}"
    with server(lambda path, count: (200, None)) as (new, asked, _):
        listed = [
            Redirect(f"{old}/a", f"{new}/a"), Redirect(f"{old}/About", f"{new}/x"),
            Redirect(f"{old}/about", f"{new}/y"),
            Redirect(f"{old}/p?id=1", f"{new}/one?a=1&b=2"), Redirect(f"{old}/caf%C3%A9", f"{new}/caf%C3%A9?x=%20"),
            Redirect(f"{old}/cost$5.html", f"{new}/cost$5"), Redirect(f"{old}/gone", is_gone=True),
            Redirect(f"{old}/blog/first", f"{new}/first"), Redirect(f"{old}/blog/*", f"{new}/news/*"),
            Redirect(f"{old}/blog/2019/*", f"{new}/archive"), Redirect(f"{old}/p", f"{new}/all"),
            Redirect(f"{shop}/a", f"{new}/shop"), Redirect(f"{shop}/blog/*", is_gone=True),
        ]  # fmt: skip
        wanted = [one for one in listed if not one.is_prefix]
        wanted += [
            Redirect(f"{old}/blog/second/x", f"{new}/news/second/x"), Redirect(f"{old}/blog/2019/5", f"{new}/archive"),
            Redirect(f"{shop}/blog/2019/5", is_gone=True),
        ]  # fmt: skip
        text, left = FORMS[form].write(listed)
        assert left == []
        with running(starts(folder, port, text), port):
            found = check_after(wanted, ask())
            nowhere = check_after([Redirect(f"{old}/other", f"{new}/other"), Redirect(f"{shop}/p", new)], ask())
    wrong = {one.old: (said.code, said.way) for one, said in zip(wanted, found, strict=True) if said.verdict != "ok"}
    assert {url: said for url, said in wrong.items() if "$5" not in url} == {}
    assert [one.code for one in nowhere] == ["not_redirected"] * 2
    assert any(path.replace("%24", "$") == "/cost$5" for _, path in asked)
