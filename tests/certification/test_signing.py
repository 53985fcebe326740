"""Certificates that prove themselves: signed files, signed statements, and each kind of forgery told apart."""

import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import zxingcpp
from asn1crypto import x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography.hazmat.primitives import serialization
from joserfc import jws
from joserfc.jwk import ECKey
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore
from sqlalchemy.orm import Session

from lms import consequences
from lms.certification import service
from lms.certification.models import Certificate
from lms.certification.render.press import Press
from lms.certification.render.typesetter import MOST_SQUARES, QrCode
from lms.certification.rules import Verdict, new_code
from lms.certification.signing.desk import Desk, NotSigned
from lms.certification.signing.keys import (
    BadKey,
    IssuerKeys,
    by_id,
    issuer_keys,
    key_id,
    public_jwk,
    public_pem,
    read_public,
)
from lms.certification.signing.pdf import Signer, own_certificate
from lms.certification.signing.statement import check_statement, find_statement, make_statement
from lms.certification.signing.verify import say, verify
from lms.cli import main
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.operations.backup import make_backup
from lms.operations.doctor import Health, look_over
from lms.operations.restore import restore_backup
from lms.operations.schema import migrate
from lms.settings import ROOT, BadSetting, Settings
from tests.certification.conftest import BrokenRules
from tests.certification.earning import ISSUER, earn
from tests.certification.samples import CLASSIC, LONG_COURSE, NAMES, TEMPLATES, WORDS, sample
from tests.people import make_person

AT = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
IN_WORDS = {"issuer": "Masar Learning", "field": "Signature of the issuer", "credential": "What it says"}
LEAST_SQUARE = 0.4
"""Millimetres: the smallest square of a QR code that telephones read from a sheet at arm's length."""
QR_MILLIMETRES = 40


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def keys() -> IssuerKeys:
    return new_keys()


def new_keys() -> IssuerKeys:
    key = ECKey.generate_key("P-256", private=True)
    return IssuerKeys(key, by_id([key]))


def certificate(
    keys: IssuerKeys, language: str = "en", name: str = "Ada Okafor", local_name: str = "", **about: Any
) -> dict[str, Any]:
    """Frozen values with their statement."""
    frozen = sample(language, name, local_name, **about) | {
        "completed_on": "2026-11-20",
        "issued_on": "2026-11-23",
        "hours": 2,
    }
    return frozen | {"statement": make_statement(keys.current, frozen)}


def sign(desk: Desk, pdf: bytes, frozen: dict[str, Any], keys: IssuerKeys) -> bytes:
    return desk.sign(pdf, json.dumps(frozen), key=keys.private_pem, words=IN_WORDS, at=AT)


@dataclass(frozen=True)
class Issued:
    keys: IssuerKeys
    frozen: dict[str, Any]
    printed: bytes
    signed: bytes

    @property
    def statement(self) -> str:
        return str(self.frozen["statement"])


@pytest.fixture(scope="module")
def issued(press: Press, desk: Desk, keys: IssuerKeys) -> Issued:
    frozen = certificate(keys)
    printed = press.print_certificate(CLASSIC, frozen)
    return Issued(keys, frozen, printed, sign(desk, printed, frozen, keys))


def pdfsig(pdf: bytes, folder: Path) -> str:
    """What poppler says about the signatures of a file."""
    (folder / "judged.pdf").write_bytes(pdf)
    command = ["pdfsig", str(folder / "judged.pdf")]
    done = subprocess.run(command, capture_output=True, check=False, text=True, cwd=folder)
    return done.stdout + done.stderr


# -- the signed file


@pytest.mark.parametrize("language", sorted(WORDS))
def test_signed_and_still_archival_and_accessible(
    press: Press, desk: Desk, keys: IssuerKeys, broken_rules: BrokenRules, tmp_path: Path, language: str
) -> None:
    frozen = certificate(keys, language, *NAMES["two scripts"])
    printed = press.print_certificate(CLASSIC, frozen)
    signed = sign(desk, printed, frozen, keys)
    assert broken_rules(signed) == []
    told = pdfsig(signed, tmp_path)
    for said in ("Signature is Valid", "Total document signed", "ETSI.CAdES.detached", "Nov 23 2026 10:15:00"):
        assert said in told
    assert signed.startswith(printed), "the page itself is as it was printed"
    assert len(signed) - len(printed) < 12_000
    with pikepdf.open(io.BytesIO(signed)) as opened:
        [spec] = opened.Root.AF
        assert spec.AFRelationship == "/Data"
        attached = opened.attachments["certificate.json"].get_file()
        assert attached.mime_type == "application/json"
        assert json.loads(attached.read_bytes()) == frozen


def test_signed_twice_is_the_same_file(desk: Desk, issued: Issued) -> None:
    other = Desk()
    try:
        assert sign(other, issued.printed, issued.frozen, issued.keys) == issued.signed
    finally:
        other.close()


def test_what_cannot_be_signed_is_refused_and_the_desk_goes_on(desk: Desk, issued: Issued) -> None:
    with pytest.raises(NotSigned):
        sign(desk, b"%PDF-1.7 and nothing more", issued.frozen, issued.keys)
    assert sign(desk, issued.printed, issued.frozen, issued.keys) == issued.signed


def test_only_the_desk_loads_what_signs() -> None:
    code = "import sys, lms.cli; sys.exit(any(each.startswith(('pyhanko', 'asn1crypto')) for each in sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_one_flipped_byte_is_seen_by_everybody(desk: Desk, issued: Issued, tmp_path: Path) -> None:
    start, end = signature_place(issued.signed)
    places = [place for place in range(20, len(issued.signed), 1500) if not start <= place < end]
    assert len(places) > 15
    for place in places:
        flipped = bytearray(issued.signed)
        flipped[place] ^= 1
        found = verify(bytes(flipped), issued.keys.public, desk).verdict
        assert found in {Verdict.FILE_ALTERED, Verdict.UNREADABLE, Verdict.NOT_SIGNED}, place
        assert "Signature is Valid" not in pdfsig(bytes(flipped), tmp_path), place


def signature_place(pdf: bytes) -> tuple[int, int]:
    """Where the signature itself stands: it cannot sign its own bytes."""
    start = pdf.rindex(b"/Contents <")
    return start, pdf.index(b">", start)


# -- forgeries, each told apart

Forge = Callable[[Issued, Press, Desk], bytes]


def _middle(text: str) -> str:
    head, payload, signature = text.split(".")
    other = "A" if payload[40] != "A" else "B"
    return f"{head}.{payload[:40]}{other}{payload[41:]}.{signature}"


def tampered_statement(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    return _middle(issued.statement).encode()


def made_up_statement(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    """Another name under the old signature, in a statement that is otherwise well made."""
    head, _payload, signature = issued.statement.split(".")
    forged = certificate(new_keys(), name="Eve Moreau")["statement"].split(".")[1]
    return f"{head}.{forged}.{signature}".encode()


def statement_of_another_key(_issued: Issued, _press: Press, _desk: Desk) -> bytes:
    return str(certificate(new_keys())["statement"]).encode()


def statement_without_a_signature(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    """The oldest trick: "alg": "none"."""
    return f"eyJhbGciOiJub25lIn0.{issued.statement.split('.')[1]}.AAAAAAAAAAAA".encode()


def statement_behind_another_address(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    return f"https://learn.example.org/v/{new_code()}#{issued.statement}".encode()


def genuine_statement(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    return f" {issued.frozen['verify_url']}#{issued.statement[:70]}\n {issued.statement[70:]} ".encode()


def genuine_file(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    return issued.signed


def unsigned_file(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    return issued.printed


def flipped_byte(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    place = issued.signed.index(b"stream") + 100
    return issued.signed[:place] + bytes([issued.signed[place] ^ 1]) + issued.signed[place + 1 :]


def swapped_attachment(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    """The attachment of another genuine certificate, put over the old one; the signed bytes stay."""
    writer = IncrementalPdfFileWriter(io.BytesIO(issued.signed))
    attached = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1]["/EF"].raw_get("/F")
    other = json.dumps(certificate(issued.keys, name="Eve Moreau", code=new_code())).encode()
    stream = generic.StreamObject(stream_data=other)
    stream[generic.pdf_name("/Type")] = generic.pdf_name("/EmbeddedFile")
    writer.objects[(attached.generation, attached.idnum)] = stream
    return written(writer)


def written_over(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    """Another page content, added behind what was signed."""
    writer = IncrementalPdfFileWriter(io.BytesIO(issued.signed))
    over = writer.add_object(generic.StreamObject(stream_data=b"0 0 500 500 re f"))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = over
    writer.update_container(page)
    return written(writer)


def written(writer: IncrementalPdfFileWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def signed_anew(issued: Issued, press: Press, desk: Desk) -> bytes:
    """Another name on the page, the genuine values attached, all signed with a key of one's own."""
    page = press.print_certificate(CLASSIC, issued.frozen | {"names": {"name": "Eve Moreau", "local_name": ""}})
    return sign(desk, page, issued.frozen, new_keys())


class Countersigner(PdfSigner):
    """Does not mind that the first signature forbids every change."""

    def _enforce_certification_constraints(self, _reader: object) -> None:
        return


def signed_on_top(issued: Issued, _press: Press, desk: Desk) -> bytes:
    """The genuine file, countersigned by somebody else: what was signed is whole, and theirs comes after it."""
    key = serialization.load_pem_private_key(new_keys().private_pem.encode(), password=None)
    certificate = own_certificate(key, "Masar Learning").public_bytes(serialization.Encoding.DER)
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = SimpleCertificateStore()
    pen = Signer(x509.Certificate.load(certificate), PrivateKeyInfo.load(der), chain)
    over, out = IncrementalPdfFileWriter(io.BytesIO(issued.signed)), io.BytesIO()
    countersigner = Countersigner(PdfSignatureMetadata(field_name="Second"), pen)
    with ThreadPoolExecutor(1) as aside:  # pyHanko runs a loop of its own; a browser of other tests has one here
        aside.submit(countersigner.sign_pdf, over, output=out).result()
    return out.getvalue()


def attachment_taken_out(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(issued.signed))
    del writer.root["/Names"]["/EmbeddedFiles"]
    writer.update_container(writer.root["/Names"])
    return written(writer)


def signature_of_another_file(issued: Issued, press: Press, desk: Desk) -> bytes:
    """Somebody else's certificate with the genuine signature copied into its place."""
    theirs = certificate(issued.keys, name="Eve Moreau", code=new_code())
    other = sign(desk, press.print_certificate(CLASSIC, theirs), theirs, issued.keys)
    (begin, end), (at, until) = signature_place(issued.signed), signature_place(other)
    copied = issued.signed[begin:end][: until - at].ljust(until - at, b"0")
    return other[:at] + copied + other[until:]


def statement_under_a_borrowed_name(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    """Signed with a key of one's own that is called like the issuer's."""
    own, claims = new_keys().current, {"jti": issued.frozen["code"], "sub": "Eve Moreau"}
    header = {"alg": "ES256", "kid": key_id(issued.keys.current)}
    return jws.serialize_compact(header, json.dumps(claims).encode(), own, algorithms=["ES256"]).encode()


def truncated(issued: Issued, _press: Press, _desk: Desk) -> bytes:
    return issued.signed[: len(issued.signed) // 2]


def rubbish(_issued: Issued, _press: Press, _desk: Desk) -> bytes:
    return b"%PDF-1.7\nnot really"


TABLE: list[tuple[Forge, str | None, Verdict]] = [
    (genuine_statement, None, Verdict.GENUINE),
    (genuine_statement, " ada  OKAFOR", Verdict.GENUINE),
    (genuine_statement, "Eve Moreau", Verdict.OTHER_NAME),
    (tampered_statement, None, Verdict.ALTERED),
    (made_up_statement, "Eve Moreau", Verdict.ALTERED),
    (statement_of_another_key, None, Verdict.UNKNOWN_KEY),
    (statement_without_a_signature, None, Verdict.UNREADABLE),
    (statement_behind_another_address, None, Verdict.OTHER_CODE),
    (genuine_file, None, Verdict.GENUINE),
    (genuine_file, "Eve Moreau", Verdict.OTHER_NAME),
    (unsigned_file, None, Verdict.NOT_SIGNED),
    (flipped_byte, None, Verdict.FILE_ALTERED),
    (swapped_attachment, None, Verdict.ATTACHMENT_SWAPPED),
    (written_over, None, Verdict.CHANGED_LATER),
    (signed_anew, None, Verdict.SIGNED_BY_ANOTHER),
    (signed_on_top, None, Verdict.CHANGED_LATER),
    (attachment_taken_out, None, Verdict.ATTACHMENT_SWAPPED),
    (signature_of_another_file, None, Verdict.FILE_ALTERED),
    (statement_under_a_borrowed_name, None, Verdict.ALTERED),
    (truncated, None, Verdict.UNREADABLE),
    (rubbish, None, Verdict.UNREADABLE),
]


def told(case: object) -> str | None:
    return getattr(case, "__name__", None)


@pytest.mark.parametrize(("forge", "name", "verdict"), TABLE, ids=told)
def test_each_forgery_is_told_apart(
    issued: Issued,
    press: Press,
    desk: Desk,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    forge: Forge,
    name: str | None,
    verdict: Verdict,
) -> None:
    """By the library, and by the command with nothing but the issuer's public key."""
    held = forge(issued, press, desk)
    assert verify(held, issued.keys.public, desk, name=name).verdict is verdict
    (tmp_path / "issuer.pem").write_text(public_pem(issued.keys.current))
    (tmp_path / "held").write_bytes(held)
    command = ["certificates", "verify", str(tmp_path / "held"), "--key", str(tmp_path / "issuer.pem")]
    code = run([*command, *(["--name", name] if name else [])])
    out, err = capsys.readouterr()
    assert say(verdict) in (out if verdict is Verdict.GENUINE else err)
    assert code == (0 if verdict is Verdict.GENUINE else 1)
    assert ("Ada Okafor" in out) == (verdict in {Verdict.GENUINE, Verdict.OTHER_NAME, Verdict.OTHER_CODE})


def run(command: list[str]) -> int:
    try:
        main(command)
    except SystemExit as end:
        return int(str(end.code or 0))
    return 0


def test_every_verdict_has_its_own_sentence() -> None:
    assert len({say(verdict) for verdict in Verdict}) == len(Verdict)
    assert {verdict for _forge, _name, verdict in TABLE} == set(Verdict)


def test_a_statement_is_typed_too_and_a_code_needs_the_platform(
    issued: Issued, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "issuer.json"
    key.write_text(json.dumps({"keys": [public_jwk(issued.keys.current)]}))
    assert run(["certificates", "verify", issued.statement, "--key", str(key)]) == 0
    assert "Ada Okafor" in capsys.readouterr().out
    assert run(["certificates", "verify", issued.frozen["code"], "--key", str(key)]) == 1
    assert "database" in capsys.readouterr().err
    key.write_text("no key")
    assert run(["certificates", "verify", issued.statement, "--key", str(key)]) == 1
    assert "no public key" in capsys.readouterr().err


# -- statements


def test_a_statement_says_what_is_printed(keys: IssuerKeys) -> None:
    frozen = certificate(keys, "ar", *NAMES["two scripts"])
    proof = check_statement(frozen["statement"], keys.public, name=NAMES["two scripts"][1])
    assert proof.verdict is Verdict.GENUINE
    assert proof.claims == {
        "iss": "Masar Learning",
        "jti": frozen["code"],
        "sub": "Fatima Zahra El Mansouri",
        "alt": "فاطمة الزهراء المنصوري",
        "crs": WORDS["ar"]["course"],
        "knd": "completion",
        "end": "2026-11-20",
        "day": "2026-11-23",
        "hrs": 2,
    }


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "." * 3000, "A" * 5000, "eyJhIjoxfQ.eyJhIjoxfQ.AAAAAAAAAA", "é.é.é"]
)
def test_what_is_no_statement_is_not_read(keys: IssuerKeys, text: str) -> None:
    assert check_statement(text, keys.public).verdict is Verdict.UNREADABLE


# -- the square code


@pytest.mark.parametrize("template", sorted(TEMPLATES))
@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_square_code_is_read_from_paper(
    press: Press, keys: IssuerKeys, tmp_path: Path, template: str, language: str
) -> None:
    """As a real reader sees the printed page; and how large its squares are there."""
    frozen = certificate(keys, language, *NAMES["two scripts"])
    (tmp_path / "page.pdf").write_bytes(press.print_certificate(TEMPLATES[template], frozen))
    dots = 100
    command = ["pdftoppm", "-r", str(dots), "-gray", "-png", "-singlefile", "page.pdf", "page"]
    subprocess.run(command, check=True, cwd=tmp_path)
    with Image.open(tmp_path / "page.png") as picture:
        [read] = zxingcpp.read_barcodes(picture)
    assert read.text == f"{frozen['verify_url']}#{frozen['statement']}"
    assert read.ec_level == "M"
    place = read.position
    millimetres = (place.top_right.x - place.top_left.x) * 25.4 / dots
    squares = len(QrCode(frozen["verify_url"], frozen["statement"])._rows)
    assert squares <= MOST_SQUARES
    assert millimetres / squares >= LEAST_SQUARE


def test_the_largest_code_that_is_printed_has_large_enough_squares() -> None:
    assert QR_MILLIMETRES / MOST_SQUARES >= LEAST_SQUARE


def test_very_long_names_leave_the_address_alone(press: Press, keys: IssuerKeys, tmp_path: Path) -> None:
    frozen = certificate(keys, "ar", *NAMES["one long word"], course=LONG_COURSE)
    (tmp_path / "page.pdf").write_bytes(press.print_certificate(CLASSIC, frozen))
    command = ["pdftoppm", "-r", "100", "-gray", "-png", "-singlefile", "page.pdf", "page"]
    subprocess.run(command, check=True, cwd=tmp_path)
    with Image.open(tmp_path / "page.png") as picture:
        [read] = zxingcpp.read_barcodes(picture)
    assert read.text == frozen["verify_url"]


# -- keys


def test_a_key_is_made_once_and_kept_for_us_alone(settings: Settings) -> None:
    keys = issuer_keys(settings)
    path = settings.data_dir / "signing-key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    issuer_keys.cache_clear()
    assert key_id(issuer_keys(settings).current) == key_id(keys.current)
    assert "PRIVATE" not in "".join(each.read_text() for each in (settings.data_dir / "issuer-keys").iterdir())


def test_whoever_changes_the_key_still_vouches_for_the_old_one(settings: Settings) -> None:
    old = issuer_keys(settings)
    before = certificate(old)["statement"]
    path = settings.data_dir / "new-key.pem"
    path.write_bytes(ECKey.generate_key("P-256", private=True).as_pem(private=True))
    new = issuer_keys(replace(settings, signing_key=path))
    assert key_id(new.current) != key_id(old.current)
    assert set(new.public) == {key_id(old.current), key_id(new.current)}
    for statement in (before, certificate(new)["statement"]):
        assert check_statement(statement, new.public).verdict is Verdict.GENUINE
    everything = "".join(public_pem(key) for key in new.public.values())
    assert set(read_public(everything.encode())) == set(new.public)


@pytest.mark.parametrize("content", [b"", b"not a key", ECKey.generate_key("P-384", private=True).as_pem(private=True),
                                     ECKey.generate_key("P-256", private=True).as_pem(private=False)])  # fmt: skip
def test_what_is_no_key_stops_the_start_with_a_sentence(settings: Settings, content: bytes) -> None:
    path = settings.data_dir / "wrong.pem"
    path.write_bytes(content)
    with pytest.raises(BadSetting, match=r"LMS_SIGNING_KEY: .*wrong\.pem holds no private key"):
        issuer_keys(replace(settings, signing_key=path))


def test_a_key_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="there is no such file"):
        Settings.from_env({"LMS_DATA_DIR": str(tmp_path), "LMS_SIGNING_KEY": str(tmp_path / "none.pem")})


def test_what_is_no_public_key_is_refused() -> None:
    for content in (
        b"",
        b"{}",
        b'{"keys": []}',
        b"\xff\xfe",
        b"-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----",
    ):
        with pytest.raises(BadKey):
            read_public(content)


# -- from the completion to the file


def hold_signed(db: Session, folder: Path, settings: Settings, now: datetime) -> Certificate:
    issuer = ISSUER._replace(sign=consequences.signing(settings))
    certificate = service.issue_if_earned(db, earn(db, folder, make_person(db, "ada"), now), now, issuer=issuer)
    assert certificate
    db.commit()
    return certificate


def test_issued_printed_and_verified(
    db: Session, database: Database, settings: Settings, tmp_path: Path, now: datetime, desk: Desk
) -> None:
    certificate, keys = hold_signed(db, tmp_path, settings, now), issuer_keys(settings)
    assert find_statement(certificate.frozen["statement"])
    files = FileStore(settings.data_dir / "files")
    consequences.after(settings, database, files, lambda: now)["certificate.render"]({"certificate": certificate.id})
    digest = service.print_certificate(database, files, certificate.id, keys=keys)
    proof = verify(files.get(digest), keys.public, desk, name="Ada Okafor")
    assert (proof.verdict, proof.claims["jti"]) == (Verdict.GENUINE, certificate.code)
    files.path(digest).unlink()
    assert service.print_certificate(database, files, certificate.id, keys=keys) == digest, "the same bytes again"


def test_a_reissued_certificate_is_signed_as_the_old_one_was(
    db: Session, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    old = hold_signed(db, tmp_path, settings, now)
    with pytest.raises(AssertionError):
        service.reissue_certificate(db, None, old.code, name="Ada O.", now=now)
    sign = consequences.signing(settings)
    new = service.reissue_certificate(db, None, old.code, name="Ada O.", now=now, sign=sign)
    proof = check_statement(new.frozen["statement"], issuer_keys(settings).public)
    assert (proof.verdict, proof.claims["sub"], proof.claims["jti"]) == (Verdict.GENUINE, "Ada O.", new.code)


def test_a_restored_platform_vouches_for_what_was_signed_before(
    db: Session, database: Database, settings: Settings, elsewhere_url: str, tmp_path: Path, now: datetime
) -> None:
    certificate, old = hold_signed(db, tmp_path, settings, now), issuer_keys(settings)
    db.close()
    made = make_backup(database, settings, tmp_path / "backups", now)
    assert [key_id(old.current) in each for each in made.manifest["sha256"] if "issuer-keys" in each] == [True]
    assert not any("PRIVATE" in path.read_text("latin-1") for path in made.folder.rglob("*") if path.is_file())
    elsewhere = replace(settings, data_dir=tmp_path / "elsewhere", database_url=elsewhere_url)
    restore_backup(made.folder, elsewhere, migrate, now)
    new = issuer_keys(elsewhere)
    assert key_id(new.current) != key_id(old.current)
    assert check_statement(certificate.frozen["statement"], new.public).verdict is Verdict.GENUINE
    assert os.listdir(elsewhere.data_dir / "issuer-keys")


def test_the_doctor_misses_a_public_key(
    db: Session, database: Database, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    certificate = hold_signed(db, tmp_path, settings, now)
    said = "\n".join(finding.sentence for finding in look_over(database, settings, now))
    assert "1 certificates have a statement that our 1 public keys vouch for." in said
    path = tmp_path / "new-key.pem"
    path.write_bytes(ECKey.generate_key("P-256", private=True).as_pem(private=True))
    path.chmod(0o644)
    for public in (tmp_path / "issuer-keys").iterdir():
        public.unlink()
    findings = look_over(database, replace(settings, signing_key=path), now)
    assert [certificate.code in each.sentence for each in findings if "vouches" in each.sentence] == [True]
    problems = [each.sentence for each in findings if each.health is Health.PROBLEM]
    assert len([each for each in problems if "vouches" in each]) == 1
    assert len([each for each in problems if f"chmod 600 {path}" in each]) == 1
