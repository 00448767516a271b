"""The files a fresh machine starts from: locks, make, compose, and the list of variables."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from tests import servers

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock"]
SECRETS = {
    "SECRET_KEY": "made-up-key",
    "POSTGRES_PASSWORD": "madeuppostgres",
    "REDIS_PASSWORD": "madeupredis",
    "BASE_URL": "https://moves.example.org",
}


def compose() -> list[str]:
    """The command of whichever compose is installed."""
    if shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0:
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    pytest.skip("no docker compose was found; apt-get install docker-compose")


def compose_config(folder: Path, **values: str) -> subprocess.CompletedProcess:
    """In a folder without an .env file, with these variables alone."""
    shutil.copy(ROOT / "docker-compose.yml", folder)
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **values}
    return subprocess.run([*compose(), "config"], cwd=folder, env=env, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_no_host(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|--index-url|--extra-index-url|--find-links|--trusted-host)", text, re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_version_and_hashes(name):
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    assert len(entries) > 20
    assert [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_tests_run_with_the_same_versions_as_the_product():
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+(?:\[[\w,]+\])?)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    product, tests = pins("requirements.lock"), pins("requirements-dev.lock")
    assert product.items() <= tests.items()


def test_compose_accepts_the_file_and_has_every_part(tmp_path):
    done = compose_config(tmp_path, **SECRETS)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert {"web", "worker-cpu", "worker-io", "beat", "postgres", "redis"} <= services.keys()
    assert [name for name, service in services.items() if not service.get("healthcheck")] == []


@pytest.mark.parametrize("missing", SECRETS)
def test_compose_has_no_default_for_a_secret(tmp_path, missing):
    done = compose_config(tmp_path, **{name: value for name, value in SECRETS.items() if name != missing})
    assert done.returncode != 0
    assert missing in done.stderr


def test_only_the_web_server_is_published():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["web"]
    assert services["web"]["ports"][0].startswith("${PUBLISH:-127.0.0.1:")


def test_redis_in_production_keeps_its_queues():
    command = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["redis"]["command"]
    assert "--appendonly yes --appendfsync everysec --maxmemory-policy noeviction" in command
    assert "--requirepass" in command


def test_the_image_does_not_run_as_root():
    users = re.findall(r"^USER (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users
    assert "root" not in users


def test_the_image_holds_the_product_and_nothing_else():
    """Neither a data folder nor tests reach it by accident: everything not named is left out."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[0] == "*"
    copied = re.findall(r"^COPY (\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert sorted(copied) == sorted(line[1:] for line in lines if line.startswith("!"))


def variables_of_the_product() -> set[str]:
    return set(
        re.findall(r"\(\s*(?:[\w.]+, )?\"([A-Z][A-Z_]+)\", default=", (ROOT / "migrator/settings.py").read_text())
    )


def make(folder: Path, path: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Make with the programs of one folder alone on the PATH."""
    command = [shutil.which("make"), *arguments]
    return subprocess.run(command, cwd=folder, env={"PATH": str(path)}, capture_output=True, text=True, timeout=60)


def programs(folder: Path, **scripts: str) -> Path:
    """A folder with the shell's own tools and stand-ins for Python."""
    folder.mkdir()
    for name in ["sh", "rm", "touch", "awk"]:
        (folder / name).symlink_to(shutil.which(name))
    for name, text in scripts.items():
        program = folder / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def test_make_says_which_python_it_needs_where_there_is_none(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    done = make(tmp_path, programs(tmp_path / "bin"), "run")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr


def test_make_says_what_to_install_where_the_venv_module_is_missing(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    fits_without_ensurepip = 'case "$2" in *ensurepip*) exit 1;; *) exit 0;; esac'
    done = make(tmp_path, programs(tmp_path / "bin", python3=fits_without_ensurepip), "run")
    assert done.returncode != 0
    assert "apt install python3-venv" in done.stderr


def test_make_alone_lists_the_commands(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    done = make(tmp_path, programs(tmp_path / "bin"))
    for name in ["help", "run", "test", "demo", "lint", "format", "types", "imports", "check", "lock", "bench", "e2e"]:
        assert f"make {name} " in done.stdout


def test_every_variable_that_settings_read_is_documented():
    table = (ROOT / "docs/configuration.md").read_text()
    product = table.split("## For docker compose")[0]
    assert set(re.findall(r"^\| `([A-Z_]+)`", product, re.MULTILINE)) == variables_of_the_product()


def test_every_variable_that_the_test_run_reads_is_documented():
    sources = "".join((ROOT / name).read_text() for name in ["tests/run.py", "tests/servers.py"])
    read = set(re.findall(r"environ\.get\(\"([A-Z_]+)\"", sources))
    section = (ROOT / "docs/configuration.md").read_text().split("## For tests and make")[1]
    assert read <= set(re.findall(r"^\| `([A-Z_]+)`", section, re.MULTILINE))


def test_the_test_run_hides_every_variable_of_the_product():
    """A DATABASE_URL in the shell of a developer must not become the database of the tests."""
    from tests.run import OF_THE_PRODUCT

    assert variables_of_the_product() == set(OF_THE_PRODUCT)


@pytest.mark.servers
def test_a_private_postgres_is_reached_with_its_password_alone_and_leaves_nothing():
    import psycopg

    if not servers.find_program("initdb"):
        pytest.skip("initdb was not found; apt-get install postgresql")
    with servers.PrivatePostgres() as server:
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url.replace(server.password, "wrong"))
    assert not server.folder.exists()
    assert not server.log.exists()
    assert server.process.poll() is not None


@pytest.mark.servers
def test_a_private_redis_keeps_its_queue_when_it_is_killed():
    import redis

    if not servers.find_program("redis-server"):
        pytest.skip("redis-server was not found; apt-get install redis-server")
    with servers.PrivateRedis() as server:
        with redis.Redis.from_url(server.url) as client:
            client.rpush("queue", "one")
            servers.wait_until(
                lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0, 5, "the queue is on disk"
            )
        server.kill()
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.lrange("queue", 0, -1) == [b"one"]
    assert not server.folder.exists()
