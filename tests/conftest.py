"""People as fixtures, and walls around every test: no network beyond loopback, files in a folder of their own."""

import socket
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as examples

from apps.accounts.models import OrganisationRole, User
from apps.projects.models import Project, Role
from tests import factories


def pytest_configure():
    """Passwords of made-up people need no slow hash, and no example fails because the machine is busy."""
    examples.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    examples.load_profile("untimed")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def no_network_beyond_loopback(monkeypatch):
    """Every connection of a test stays on this machine."""
    real_connect, real_sendto = socket.socket.connect, socket.socket.sendto

    def check(address):
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if not (str(host).startswith("127.") or host in ("::1", "localhost", "")):
            raise AssertionError(f"a test tried to reach {host}")

    def connect(self, address):
        check(address)
        return real_connect(self, address)

    def sendto(self, data, *args):
        check(args[-1])
        return real_sendto(self, data, *args)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "sendto", sendto)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Uploads and exports of a test go to its own folder."""
    settings.FILES_DIR = tmp_path / "files"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "tmp"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()


@pytest.fixture(autouse=True)
def fresh_cache():
    """Rate limits of one test do not reach the next."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def organisation(db):
    return factories.organisation("North Star Consulting", slug="north-star")


@pytest.fixture
def project(organisation):
    """The project of most tests: `projects/move/`, Mailchimp to Kartra."""
    return factories.project(organisation, slug="move", client="Sunrise Yoga")


@pytest.fixture
def sibling(organisation):
    """Another client's project in the same consultancy."""
    return factories.project(organisation, slug="sibling", client="Harbour Books")


@pytest.fixture
def foreign(db):
    """A project of another consultancy."""
    other = factories.organisation("Elsewhere Ltd", slug="elsewhere")
    return factories.project(other, slug="foreign", client="Foreign Client")


@pytest.fixture
def signed_in(db) -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        client.person = user  # who this browser belongs to
        return client

    return sign_in


@pytest.fixture
def owner(project: Project, signed_in):
    """A signed-in owner of the project's consultancy."""
    return signed_in(factories.colleague(project.organisation, OrganisationRole.OWNER, email="owner@northstar.example"))


@pytest.fixture
def consultant(project: Project, signed_in):
    user = factories.colleague(project.organisation, OrganisationRole.CONSULTANT, email="dana@northstar.example")
    factories.member(project, user, Role.CONSULTANT)
    return signed_in(user)


@pytest.fixture
def client_person(project: Project, signed_in):
    """The client of the project (pytest-django's `client` is an anonymous browser)."""
    user = factories.person("maya@sunrise.example", name="Maya Client")
    factories.member(project, user, Role.CLIENT)
    return signed_in(user)


@pytest.fixture
def helper(project: Project, signed_in):
    user = factories.person("dns@hosting.example", name="Hugo Helper")
    factories.member(project, user, Role.HELPER)
    return signed_in(user)


@pytest.fixture
def sibling_client(sibling: Project, signed_in):
    """The client of another project in the same consultancy."""
    user = factories.person("ben@harbour.example", name="Ben Books")
    factories.member(sibling, user, Role.CLIENT)
    return signed_in(user)


@pytest.fixture
def stranger(foreign: Project, signed_in):
    """An owner of another consultancy."""
    return signed_in(factories.colleague(foreign.organisation, OrganisationRole.OWNER, email="eve@elsewhere.example"))
