"""The certificate is asked for by name although the connection goes to an address."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engine.outbound import Failed, fetch

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate for shop.example.org, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example.org")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example.org")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture
def secure_site(site, certificate):
    """The same site behind TLS; it notes which name was asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    site.names = []
    context.sni_callback = lambda sock, name, _: site.names.append(name)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    site.pages["/"] = (200, {}, b"secure")
    return site


def get_secure(site, name, **kwargs):
    return fetch(
        f"https://{name}:{site.port}/",
        allow=LOOPBACK,
        ports=(site.port,),
        resolve=lambda host: ["127.0.0.2"],
        **kwargs,
    )


def test_the_certificate_is_asked_for_and_checked_by_name(secure_site, certificate):
    trusting = ssl.create_default_context(cafile=certificate)
    assert get_secure(secure_site, "shop.example.org", tls=trusting).body == b"secure"
    assert secure_site.names == ["shop.example.org"]


def test_a_certificate_for_another_name_is_not_accepted(secure_site, certificate):
    with pytest.raises(Failed) as failure:
        get_secure(secure_site, "other.example.org", tls=ssl.create_default_context(cafile=certificate))
    assert failure.value.reason == "tls"


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(secure_site):
    with pytest.raises(Failed) as failure:
        get_secure(secure_site, "shop.example.org")
    assert failure.value.reason == "tls"
    assert secure_site.asked == []
