"""Signed messages of the tests."""

import base64

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

PRIVATE = rsa.generate_private_key(65537, 1024)
PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
DER = PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
KEY = f"v=DKIM1; k=rsa; p={base64.b64encode(DER).decode()}"


def mail(author="Maya <maya@example.org>", *, body="Hello there\r\n\r\nMaya\r\n", head=""):
    lines = [
        f"From: {author}",
        "To: someone@example.net",
        "Subject: private words",
        "Date: Tue, 24 Nov 2026 10:00:00 +0000",
    ]
    return (head + "\r\n".join([*lines, "", body])).encode()


def signed(message, domain="example.org", selector="s1", canonical=(b"relaxed", b"relaxed")):
    head = dkim.sign(
        message,
        selector.encode(),
        domain.encode(),
        PEM,
        canonicalize=canonical,
        include_headers=[b"from", b"to", b"subject", b"date"],
    )
    return head + message


def received(message, *, bounce="bounce@example.org", results="spf=pass smtp.mailfrom=example.org"):
    return f"Return-Path: <{bounce}>\r\nAuthentication-Results: mx.receiver.example; {results}\r\n".encode() + message
