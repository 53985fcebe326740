"""Certificates to print: four languages, names that are short, long, and of two scripts at once."""

import hashlib
import io
from typing import Any

from PIL import Image, ImageDraw

from lms.catalog.source.figure import render_logo
from lms.certification.render.template import load_template
from lms.settings import ROOT

CLASSIC = load_template(ROOT / "certificates" / "classic")
TEMPLATES = {folder.name: load_template(folder) for folder in (ROOT / "certificates").iterdir()}
CODE = "7K3M-9QXT-2B4V-HW8R-5PNE-C6JD-01AZ"

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "heading": "Certificate of completion",
        "awarded_to": "This certificate is awarded to",
        "for": "for completing the course",
        "hours": "Learning time",
        "hours_text": "2 hours",
        "completed": "Completed on",
        "issued": "Issued on",
        "date": "23 November 2026",
        "code": "Verification code",
        "verify_at": "Verify at",
        "partners": "In partnership with",
        "qr": "QR code that opens the page where this certificate is verified",
        "course": "Social protection: why, what, for whom",
    },
    "ar": {
        "heading": "شهادة إتمام",
        "awarded_to": "تُمنح هذه الشهادة إلى",
        "for": "لإتمام دورة",
        "hours": "مدة التعلّم",
        "hours_text": "ساعتان",
        "completed": "تاريخ الإتمام",
        "issued": "تاريخ الإصدار",
        "date": "23 نوفمبر 2026",
        "code": "رمز التحقق",
        "verify_at": "للتحقق من الشهادة",
        "partners": "بالشراكة مع",
        "qr": "رمز استجابة سريعة يفتح صفحة التحقق من هذه الشهادة",
        "course": "الحماية الاجتماعية: لماذا وما هي ولمن",
    },
    "fr": {
        "heading": "Attestation de réussite",
        "awarded_to": "Cette attestation est décernée à",
        "for": "pour avoir achevé le cours",
        "hours": "Durée d’apprentissage",
        "hours_text": "2 heures",
        "completed": "Cours achevé le",
        "issued": "Délivrée le",
        "date": "23 novembre 2026",
        "code": "Code de vérification",
        "verify_at": "À vérifier sur",
        "partners": "En partenariat avec",
        "qr": "Code QR ouvrant la page de vérification de cette attestation",
        "course": "La protection sociale : pourquoi, quoi, pour qui",
    },
    "es": {
        "heading": "Certificado de aprobación",
        "awarded_to": "Se otorga el presente certificado a",
        "for": "por haber completado el curso",
        "hours": "Duración del aprendizaje",
        "hours_text": "2 horas",
        "completed": "Completado el",
        "issued": "Emitido el",
        "date": "23 de noviembre de 2026",
        "code": "Código de verificación",
        "verify_at": "Verificar en",
        "partners": "En colaboración con",
        "qr": "Código QR que abre la página de verificación de este certificado",
        "course": "Protección social: por qué, qué y para quién",
    },
}

NAMES = {
    "short": ("Li", ""),
    "usual": ("Ada Okafor", ""),
    "two scripts": ("Fatima Zahra El Mansouri", "فاطمة الزهراء المنصوري"),
    "arabic": ("عبد الرحمن بن محمد آل سعود", "Abdul Rahman bin Mohammed Al Saud"),
    "letters of the other face": ("Ștefan Nguyễn Văn Ầm", "Владимир Иванов"),
    "devanagari": ("Sita Sharma", "सीता शर्मा"),
    "one long word": ("W" * 120, "م" * 120),
    "many words": (("Rajapaksa " * 12).strip(), ("عبد الرحمن " * 11).strip()),
    "two scripts in one": ("Ada أدا Okafor (عدا)", ""),
}

LONG_COURSE = (
    "Shock-responsive social protection: preparing programmes, delivery systems and money before drought, flood and war"
)
PARTNERS = ("Food and Agriculture Organization of the United Nations", "المعهد العربي للتخطيط", "GIZ")
SIGNATURES = tuple({"name": name, "role": "Head of learning"} for name in ("Amal Haddad", "أمل حداد", "J. P. Rakoto"))
SIGNED_AGAIN = tuple(each | {"role": "رئيس قسم التعلّم"} for each in SIGNATURES)
"""The same people in the second language."""

LEAF = """<svg viewBox="0 0 180 60"><path class="f-accent" d="M8 52C8 20 30 6 60 6C60 38 38 54 8 52z"/>
<path class="f-none s-sun" stroke-width="3" d="M8 52L46 20"/><rect class="f-ink" x="72" y="16" width="100" height="8"/>
<rect class="f-muted" x="72" y="34" width="70" height="6"/></svg>"""


def _photograph() -> bytes:
    drawn = Image.new("RGBA", (900, 300), (0, 0, 0, 0))
    pen = ImageDraw.Draw(drawn)
    pen.ellipse((20, 20, 280, 280), fill=(26, 74, 140, 255))
    pen.polygon([(150, 50), (240, 240), (60, 240)], fill=(255, 255, 255, 255))
    pen.rectangle((330, 110, 860, 190), fill=(26, 74, 140, 255))
    kept = io.BytesIO()
    drawn.save(kept, "PNG")
    return kept.getvalue()


PICTURES = (("image/svg+xml", render_logo(LEAF).encode()), ("image/png", _photograph()))
LOGOS = {hashlib.sha256(data).hexdigest(): data for _, data in PICTURES}
"""What the press is handed beside the values."""
WITH_LOGOS = tuple(
    {"name": partner, "sha256": name, "type": kind}
    for partner, name, (kind, _) in zip(PARTNERS, LOGOS, PICTURES, strict=False)
)
"""Of the first two partners."""


def sample(
    language: str = "en",
    name: str = "Ada Okafor",
    local_name: str = "",
    *,
    course: str | None = None,
    partners: tuple[str, ...] = (),
    signatures: tuple[dict[str, str], ...] = (),
    logos: tuple[dict[str, str], ...] = (),
    second: str | None = None,
    code: str = CODE,
) -> dict[str, Any]:
    """Frozen values as `certification.service` makes them; `second` is the language that stands beside."""
    groups = code.split("-")
    beside = {"logos": list(logos)} if logos else {}
    if second:
        beside["second"] = _block(second, name, course) | {"signatures": list(SIGNED_AGAIN if signatures else ())}
    return _block(language, name, course) | {
        "kind": "completion",
        "code": code,
        "code_lines": ["-".join(groups[:4]), "-".join(groups[4:])],
        "verify_url": f"https://learn.example.org/v/{code}",
        "verify_at": "learn.example.org/v",
        "names": {"name": name, "local_name": local_name},
        "issuer": "Masar Learning",
        "platform": "Masar",
        "issued_at": "2026-11-23T10:15:00Z",
        "partners": list(partners),
        "signatures": list(signatures),
        **beside,
    }


def _block(language: str, name: str, course: str | None) -> dict[str, Any]:
    words = WORDS[language]
    return {
        "language": language,
        "direction": "rtl" if language == "ar" else "ltr",
        "course_title": course or words["course"],
        "course_language": "en" if course else language,
        "facts": [
            {"label": words["hours"], "text": words["hours_text"]},
            {"label": words["completed"], "text": words["date"]},
            {"label": words["issued"], "text": words["date"]},
        ],
        "words": words | {"document_title": f"{words['heading']}: {name}", "description": words["course"]},
    }
