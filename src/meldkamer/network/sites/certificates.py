"""A small certificate authority: who is at the other end of a connection (X.509, P-256, RFC 5280).

Every connection of the network is TLS with a certificate at both ends. Besides the authority's signature a server
demands one of the public keys that it knows (a pin), so that a room's certificate cannot pass for a core server's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 825
BACKDATED = dt.timedelta(hours=1)
"""A certificate holds from a little before it was made: clocks of machines differ."""


class BadKey(ValueError):
    """A file that holds no key of the kind we make."""


def new_key() -> bytes:
    """A fresh private key, as PEM (PKCS 8, without a passphrase: servers start at night without a person)."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def self_signed(name: str, key_pem: bytes, now: dt.datetime) -> bytes:
    """The authority's own certificate, as PEM; it signs others and can have no authority below it."""
    key = _key(key_pem)
    subject = _name(name)
    made = _builder(subject, subject, key, now, AUTHORITY_DAYS)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    made = made.add_extension(_usage(signs=True), critical=True)
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def issue(
    authority: bytes, authority_key: bytes, key_pem: bytes, name: str, hosts: Iterable[str], now: dt.datetime
) -> bytes:
    """A certificate for a key, as PEM. `hosts`: names and addresses that a server answers to; none = a client only."""
    issuer = x509.load_pem_x509_certificate(authority)
    signer, key, hosts = _key(authority_key), _key(key_pem), list(hosts)
    made = _builder(_name(name), issuer.subject, key, now, CERTIFICATE_DAYS)
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if hosts else [])]
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    made = made.add_extension(_usage(signs=False), critical=True)
    made = made.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    if hosts:
        made = made.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    return made.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)


def pin(certificate: bytes) -> str:
    """SHA-256 of the public key, in hex: stays the same when the certificate is renewed for the same key."""
    key = x509.load_pem_x509_certificate(certificate).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def expires(certificate: bytes) -> dt.datetime:
    """When the certificate ends (UTC)."""
    return x509.load_pem_x509_certificate(certificate).not_valid_after_utc


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise BadKey(f"not a private key: {error}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadKey("not a P-256 key")
    return key
