"""Signs a PDF, and tells what a signed one is worth. The one module that imports pyHanko.

Everything that could differ from one time to the next is given: the same file, key and moment give the same bytes.
"""

import asyncio
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from lms.certification.rules import Verdict

FIELD = "Signature"
CREDENTIAL = "certificate.json"
MIME = "application/json"

_NOBODY_TRUSTED = ValidationContext(trust_roots=[], allow_fetching=False)
"""Whose key it is, we look up among the issuer's own; no authority is asked."""


class NotReadable(Exception):
    """This is no PDF that anybody could check."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a reader of the file shows about signature and attachment, in the certificate's language."""

    issuer: str
    field: str
    credential: str


class Signer(signers.SimpleSigner):
    """Signs as RFC 6979 has it: no chance, so nothing to betray the key and the same bytes each time."""

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        assert digest_algorithm == "sha256"
        key = serialization.load_der_private_key(self.signing_key.dump(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


class Supplement(IncrementalPdfFileWriter):
    """What is added to the printed file: its metadata stays as it was, its second name follows from the content."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__(io.BytesIO(pdf))
        first = self._document_id[0]
        second = generic.ByteStringObject(hashlib.sha256(pdf).digest()[:16])
        self._document_id = generic.ArrayObject([first, second])

    def _update_meta(self) -> None:
        """The day of the last change is the day of issue."""

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """It stays 1.7: pyHanko wants 2.0 for associated files, which PDF/A-3 has in 1.7 already."""
        assert version <= (2, 0)


_ROOM: dict[signers.Signer, int] = {}
"""How many digits each leaves for the signature. It follows from the key and the name alone, and pyHanko finds out by a
signature on trial: half the time, so it is done once.
"""


class Pen(signers.PdfSigner):
    """Signs at a given moment instead of now, and remembers how much room its signature takes."""

    def __init__(self, metadata: signers.PdfSignatureMetadata, signer: Signer, field: SigFieldSpec, at: datetime):
        super().__init__(metadata, signer, new_field_spec=field)
        self._at = at

    def init_signing_session(self, *about: Any, **options: Any) -> PdfSigningSession:
        session = super().init_signing_session(*about, **options)
        session.system_time = self._at
        estimate, signer = session.estimate_signature_container_size, self.signer

        async def remembered(*said: Any, **how: Any) -> int:
            if signer not in _ROOM:
                _ROOM[signer] = await estimate(*said, **how)
            return _ROOM[signer]

        session.estimate_signature_container_size = remembered  # type: ignore[method-assign]
        return session


def sign(pdf: bytes, credential: bytes, private_pem: str, words: Words, at: datetime) -> bytes:
    """The file with the credential in it, and a PAdES signature over all of that."""
    writer = Supplement(pdf)
    file = embed.EmbeddedFileObject.from_file_data(
        writer, credential, mime_type=MIME, params=embed.EmbeddedFileParams(creation_date=at, modification_date=at)
    )
    relation = generic.pdf_name("/Data")
    embed.embed_file(writer, embed.FileSpec(CREDENTIAL, CREDENTIAL, file, words.credential, relation))
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=words.issuer,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    field = SigFieldSpec(FIELD, on_page=0, box=None, readable_field_name=words.field)
    signed = io.BytesIO()
    Pen(metadata, _signer(private_pem, words.issuer), field, at).sign_pdf(writer, output=signed)
    return signed.getvalue()


@cache
def _signer(private_pem: str, issuer: str) -> Signer:
    key = serialization.load_pem_private_key(private_pem.encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    certificate = asn1_x509.Certificate.load(own_certificate(key, issuer).public_bytes(serialization.Encoding.DER))
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    return Signer(certificate, asn1_keys.PrivateKeyInfo.load(private), chain)


def own_certificate(key: ec.EllipticCurvePrivateKey, issuer: str) -> x509.Certificate:
    """The key's certificate, signed by itself: it follows from key and name alone, so nobody has to keep it.

    It has no end (RFC 5280, 4.1.2.5): what counts is whether the key is among those that the issuer publishes.
    """
    public = key.public_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer[:64])])
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
    ) | {"encipher_only": False, "decipher_only": False}
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(int.from_bytes(identifier.digest[:16]) >> 1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )


# -- checking


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file is worth."""

    verdict: Verdict
    signer: str | None = None
    """Who signed, as the signature itself says."""
    credential: bytes | None = None
    """The attachment, where it is as it was signed."""


def check(pdf: bytes, public_pems: list[str]) -> Checked:
    """Who signed this file, and whether it is still what they signed. Raises NotReadable."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        found = reader.embedded_regular_signatures
        if not found:
            return Checked(Verdict.NOT_SIGNED)
        return _judge(reader, found[0], {_der(pem) for pem in public_pems})
    except SignatureValidationError:
        return Checked(Verdict.FILE_ALTERED)
    except (PdfError, SigningError, ValueError, KeyError, TypeError, IndexError, AttributeError) as problem:
        # pyHanko meets broken files with whatever its parts raise
        raise NotReadable(f"{type(problem).__name__}: {problem}") from problem


def _judge(reader: PdfFileReader, signature: EmbeddedPdfSignature, ours: set[bytes]) -> Checked:
    certificate = signature.signer_cert
    name = certificate.subject.native.get("common_name", "")
    status = asyncio.run(async_validate_pdf_signature(signature, _NOBODY_TRUSTED, skip_diff=True))
    if not (status.intact and status.valid):
        return Checked(Verdict.FILE_ALTERED, name)
    if certificate.public_key.dump() not in ours:
        return Checked(Verdict.SIGNED_BY_ANOTHER, name)
    signed = attachment(reader.get_historical_resolver(signature.signed_revision))
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        swapped = attachment(reader.get_historical_resolver(reader.xrefs.total_revisions - 1)) != signed
        return Checked(Verdict.ATTACHMENT_SWAPPED if swapped else Verdict.CHANGED_LATER, name)
    return Checked(Verdict.GENUINE, name, signed)


def attachment(resolver: HistoricalResolver) -> bytes | None:
    """The credential as it stands in one revision of the file."""
    try:
        names = resolver.root["/Names"]["/EmbeddedFiles"]["/Names"]
        spec = next(names[place + 1] for place in range(0, len(names), 2) if names[place] == CREDENTIAL)
        data: bytes = spec["/EF"]["/F"].data
    except (KeyError, StopIteration):
        return None
    return data


def _der(pem: str) -> bytes:
    key = serialization.load_pem_public_key(pem.encode())
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
