"""Terms found in a source, and looked for in its translation."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.catalog.source.inline import plain
from lms.workshop.checks import Check, TermPair, check_translation, find_terms, term_used

PROTECTION = TermPair("social protection", "protection sociale")
FLOOR = TermPair("social protection floor", "socle de protection sociale")
SHOCK = TermPair("shock", "choc")
PAIRS = (
    PROTECTION,
    FLOOR,
    SHOCK,
    TermPair("WHO", "OMS"),
    TermPair("NGO", "ONG"),
    TermPair("UN DESA", "DAES"),
    TermPair("policy", "politique"),
    TermPair("benefit", "prestation"),
)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Social protection floors work.", ["Social protection floors"]),
        (
            "A floor of social protection, and a social protection floor.",
            ["social protection", "social protection floor"],
        ),
        ("Shocks, and the shock's end; shocking.", ["Shocks", "shock's"]),
        ("Shock-responsive programmes", []),
        ("non-social protection", []),
        ("Who is covered? The WHO says.", ["WHO"]),
        ("NGOs, an NGO's plan, UN DESA’s list", ["NGOs", "NGO's", "UN DESA’s"]),
        ("Policies and POLICY", ["Policies", "POLICY"]),
        ("social, protection", []),
        ("social\\\nprotection", ["social protection"]),
        ("**Social** [protection](term:x)", ["Social protection"]),
        ("The survivors’ benefits", ["benefits"]),
        ("", []),
    ],
)
def test_terms_of_a_source(source: str, found: list[str]) -> None:
    text = plain(source)
    assert [text[spot.start : spot.end] for spot in find_terms(source, PAIRS)] == found


@given(
    st.lists(
        st.sampled_from(["social", "protection", "floor", "shocks", "and", ",", "*a*", "protection's"]), max_size=12
    )
)
def test_terms_never_overlap_and_come_in_order(words: list[str]) -> None:
    spots = find_terms(" ".join(words), PAIRS)
    assert all(one.end <= other.start for one, other in pairwise(spots))
    assert len([spot for spot in spots if spot.pair == SHOCK]) == words.count("shocks")


@pytest.mark.parametrize(
    ("language", "term", "text"),
    [
        ("ar", "التحويل النقدي", "بالتحويلات النقدية"),
        ("ar", "تحويل نقدي", "وللتحويلات النقدية أثر"),
        ("ar", "إعانة", "إعانتها تصل إلى الأسرة"),
        ("ar", "إعانة", "الإعانات التي تواجهها"),
        ("ar", "دورة", "هذه الدورات"),
        ("ar", "دورة", "في دورتنا"),
        ("ar", "نظام قائم على الاشتراكات", "الأنظمة القائمة على الاشتراكات"),
        ("ar", "خطر", "فالمخاطر كثيرة"),
        ("ar", "الصَّدمة المُشتركة", "صدمات مشتركة"),
        ("ar", "أرضية", "وبأرضيّاتها"),
        ("ar", "متعلّم", "للمتعلمين"),
        ("ar", "موظف", "موظفون وموظفات"),
        ("ar", "إنذار مبكر", "الانذار المبكّر"),
        ("ar", "بحث / حفظ", "احفظ ثم ابدأ الحفظ"),
        ("fr", "assurance sociale", "les assurances sociales"),
        ("fr", "assurance", "d’assurance"),
        ("fr", "alerte", "l'alerte précoce"),
        ("fr", "emploi informel", "l’économie et l’emploi informels"),
        ("fr", "régime contributif", "Une pension contributive relève d’un régime"),
        ("fr", "apprenant·e", "Les apprenantes"),
        ("fr", "socle de protection sociale", "des socles nationaux de protection"),
        ("fr", "programme national", "programmes nationaux"),
        ("fr", "déclencheur", "pour déclencher"),
        ("fr", "œuvre", "L’ŒUVRE"),
        ("es", "régimen contributivo", "los regímenes contributivos"),
        ("es", "prestación", "Prestaciones para la niñez"),
        ("es", "tutor/a", "las tutoras"),
        ("es", "choque covariante", "Los choques covariantes"),
        ("es", "piso de protección social", "un piso nacional de protección"),
        ("es", "vejez", "la vejez"),
        ("es", "voz", "las voces"),
        ("zh", "社会保护", "我们的社会保护制度"),
        ("pt_BR", "proteção social", "A PROTEÇÃO SOCIAL"),
    ],
)
def test_used_in_any_form(language: str, term: str, text: str) -> None:
    assert term_used(text, TermPair("any", term), language)


@pytest.mark.parametrize(
    ("language", "term", "text"),
    [
        ("ar", "تحويل نقدي", "مساعدة عينية"),
        ("ar", "التحاق", "تسجيل الأسر"),
        ("ar", "تنزيل", "تحميل الملف"),
        ("ar", "التأمين الاجتماعي", "المساعدة الاجتماعية"),
        ("ar", "خطأ الاستبعاد", "خطأ الإدراج"),
        ("ar", "إعانة", "المعاش التقاعدي"),
        ("fr", "assurance sociale", "assistance sociale"),
        ("fr", "prestation", "le bénéfice"),
        ("fr", "choc", "les crises"),
        ("fr", "régime contributif", "régime universel"),
        ("fr", "transfert", "transformation"),
        ("es", "prestación", "beneficio"),
        ("es", "piso", "episodio"),
        ("es", "choque", "golpe"),
        ("es", "seguro social", "asistencia social"),
        ("zh", "社会保护", "社会保险"),
    ],
)
def test_another_word_is_not_the_term(language: str, term: str, text: str) -> None:
    assert not term_used(text, TermPair("any", term), language)


DOWNLOAD = TermPair("download", "تنزيل", forbidden=("تحميل",))
ENROL = TermPair("enrol", "الالتحاق", forbidden=("تسجيل",))
LOG_IN = TermPair("log in", "تسجيل الدخول")
BENEFIT = TermPair("benefit", "prestation", forbidden=("bénéfice", "avantage social"))
SCHEME = TermPair("social programme", "programme social", forbidden=("programme",))
COURSE = TermPair("course", "cours", forbidden=("programme",))
PROGRAMME = TermPair("programme", "programme")
COVER = TermPair("shock", "choque", forbidden=("golpe",))


@pytest.mark.parametrize(
    ("language", "pairs", "source", "target", "checks"),
    [
        ("ar", [DOWNLOAD], "Download the file", "نزّل الملف", []),
        ("ar", [DOWNLOAD], "Download the file", "حمّل الملف", [Check.TERMS]),
        ("ar", [DOWNLOAD], "Download the file", "تحميل الملف", [Check.FORBIDDEN_TERMS]),
        ("ar", [DOWNLOAD], "The file", "تحميل الملف", []),
        ("ar", [ENROL, LOG_IN], "Log in to enrol", "تسجيل الدخول ثم الالتحاق", []),
        ("ar", [ENROL, LOG_IN], "Log in to enrol", "بعد تسجيل أول دخول الالتحاق", []),
        ("fr", [SCHEME], "Social programmes", "Les programmes sociaux", []),
        ("fr", [SCHEME], "Social programmes", "Les programmes", [Check.FORBIDDEN_TERMS]),
        ("ar", [DOWNLOAD], "How to download it", "كيفية تحميله", [Check.FORBIDDEN_TERMS]),
        ("ar", [ENROL], "Enrol", "وبالتسجيل", [Check.FORBIDDEN_TERMS]),
        ("fr", [COURSE, PROGRAMME], "Programmes and this course", "Les programmes et ce cours", []),
        ("fr", [COURSE, PROGRAMME], "This course", "Ce programme", [Check.FORBIDDEN_TERMS]),
        ("fr", [BENEFIT], "The benefits", "Les prestations", []),
        ("fr", [BENEFIT], "The benefits", "Les avantages", [Check.TERMS]),
        ("fr", [BENEFIT], "The benefits", "Les bénéfices", [Check.FORBIDDEN_TERMS]),
        ("fr", [BENEFIT], "The benefits", "Les avantages sociaux", [Check.FORBIDDEN_TERMS]),
        ("fr", [BENEFIT], "It can benefit us", "Nous en profitons", []),
        ("es", [COVER], "A shock hits the house", "Un choque golpea la casa", []),
        ("es", [COVER], "A shock hits the house", "Un golpe a la casa", [Check.FORBIDDEN_TERMS]),
        ("es", [COVER], "Read *The Shock Doctrine*", "Lea *The Shock Doctrine*", []),
    ],
)
def test_terms_missed_and_forbidden(
    language: str, pairs: list[TermPair], source: str, target: str, checks: list[Check]
) -> None:
    findings = check_translation(source, target, language=language, terms=pairs)
    told = [finding for finding in findings if finding.kind in (Check.TERMS, Check.FORBIDDEN_TERMS)]
    assert [finding.kind for finding in told] == checks
    assert not any(finding.blocking for finding in told)


def test_says_what_the_glossary_has() -> None:
    (missed,) = check_translation("A shock", "Une crise", language="fr", terms=[SHOCK])
    assert missed.sentence == "For “shock” the glossary has “choc”."
    (forbidden,) = check_translation("The benefit", "Le bénéfice", language="fr", terms=[BENEFIT])
    assert forbidden.sentence == (
        "“benefit” is not to be translated as “bénéfice”; the glossary has “prestation”."
    )  # fmt: skip


@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30), st.sampled_from(["ar", "fr", "es", "zh"]))
def test_any_glossary_is_borne(text: str, term: str, target: str, language: str) -> None:
    pair = TermPair(term, target, forbidden=(term,))
    assert all(0 <= spot.start < spot.end for spot in find_terms(text, [pair]))
    assert term_used(f"{text} {target}", pair, language) in (True, False)
    check_translation(f"{text} x", f"{target} x", language=language, terms=[pair])
