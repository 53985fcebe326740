"""Good and bad translations, check by check and language by language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel.i18n import LANGUAGES, use_language
from lms.workshop.checks import Check, Finding, check_translation

N = "\u202f"  # what French sets before : ; ! ? »


def found(source: str, target: str, language: str, check: Check, *, tight: bool = False) -> list[Finding]:
    findings = check_translation(source, target, language=language, tight=tight)
    return [finding for finding in findings if finding.kind == check]


# --- what blocks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "target", "check", "sentences"),
    [
        ("Any", "", Check.BLANK, ["There is no translation yet."]),
        ("Any", " \n ", Check.BLANK, ["There is no translation yet."]),
        ("Any", "&nbsp;", Check.BLANK, ["There is no translation yet."]),
        ("Any", "x" * 5001, Check.TOO_LONG, ["A text has at most 5,000 characters."]),
        (
            "A word",
            "كل\u202eمة",
            Check.HIDDEN_SIGNS,
            ["There is an invisible character in the translation (U+202E); delete it."],
        ),
        (
            "A word",
            "كل&#x2066;مة",
            Check.HIDDEN_SIGNS,
            ["There is an invisible character in the translation (U+2066); delete it."],
        ),
        (
            "A word",
            "كلمة\x07",
            Check.HIDDEN_SIGNS,
            ["There is an invisible character in the translation (U+0007); delete it."],
        ),
        ("a *b* c", "ا *ب* ج", Check.MARKUP, []),
        ("a *b* c", "ا _ب_ ج", Check.MARKUP, []),
        ("5 * 3 * 2", "٥ * ٣ * ٢", Check.MARKUP, []),
        (
            "a *b* c",
            "ا ب ج",
            Check.MARKUP,
            ["Emphasis, written *so*: 1 in the source, 0 in the translation."],
        ),
        (
            "a **b** c",
            "ا *ب* ج",
            Check.MARKUP,
            [
                "Emphasis, written *so*: 0 in the source, 1 in the translation.",
                "Strong emphasis, written **so**: 1 in the source, 0 in the translation.",
            ],
        ),
        (
            "a **b** c",
            "ا ** ب ** ج",
            Check.MARKUP,
            ["Strong emphasis, written **so**: 1 in the source, 0 in the translation."],
        ),
        ("a `b`", "ا", Check.MARKUP, ["Code, written `so`: 1 in the source, 0 in the translation."]),
        (
            "Any",
            "![ا](media/x.svg)",
            Check.MARKUP,
            ["There is a picture in the translation and none in the source; take it out."],
        ),
        ("Any", "<b>ا</b>", Check.HTML, ["There is HTML in the translation; write it without the signs < and >."]),
        ("Less than < 5", "أقل من < 5", Check.HTML, []),
        ("Write `<b>`", "اكتب `<b>`", Check.HTML, []),
        ("[a](term:x) [b](https://e.org)", "[ب](https://e.org) [ا](term:x)", Check.LINKS, []),
        (
            "[a](term:x)",
            "[ا](term:y)",
            Check.LINKS,
            ["The link “term:x” is missing.", "The link “term:y” stands more often than in the source."],
        ),
        (
            "[a](https://e.org)",
            "[ا](https://e.org) و[ب](https://e.org)",
            Check.LINKS,
            ["The link “https://e.org” stands more often than in the source."],
        ),
        (
            "[a](term:x) and [b](term:x)",
            "[ا](term:x) وب",
            Check.LINKS,
            ["The link “term:x” is missing."],
        ),
        ("%(name)s has {count} of %s", "لدى %(name)s {count} من %s", Check.PLACEHOLDERS, []),
        ("50 % of them, 100%", "50 % d’entre eux, 100 % sûr", Check.PLACEHOLDERS, []),
        (
            "Dear %(name)s",
            "عزيزي",
            Check.PLACEHOLDERS,
            ["A placeholder is missing, to be kept as it is written: %(name)s"],
        ),
        (
            "{one} and {two}",
            "{un} et",
            Check.PLACEHOLDERS,
            [
                "2 placeholders are missing, to be kept as they are written: {one} · {two}",
                "A placeholder stands more often than in the source: {un}",
            ],
        ),
    ],
)
def test_what_blocks(source: str, target: str, check: Check, sentences: list[str]) -> None:
    findings = found(source, target, "ar", check)
    assert [finding.sentence for finding in findings] == sentences
    assert all(finding.blocking for finding in findings)


def test_what_blocks_comes_first() -> None:
    findings = check_translation("*Do* it at 10.", "افعلها ,الآن  ", language="ar")
    assert [finding.kind for finding in findings if finding.blocking] == [Check.MARKUP]
    assert [finding.blocking for finding in findings] == sorted(
        (finding.blocking for finding in findings), reverse=True
    )
    assert len(findings) > 2


def test_every_translator_is_told_in_their_language() -> None:
    for code in LANGUAGES:
        with use_language(code):
            assert check_translation("*Do* [it](term:x), 12 %s?", "x", language="ar")


_WORDS = st.text("abcé اب12.,;:!?()'\"", max_size=20).map(lambda text: f"w{text}w")
_MARKS = st.sampled_from(
    ["*word*", "**word**", "`word`", "[word](term:key)", "[word](https://e.org/a)", "%(name)s", "{name}", "%s"]
)
_MARKED = st.lists(st.tuples(_WORDS, _MARKS), max_size=6)


def _joined(words: list[str], marks: list[str]) -> str:
    return " ".join(part for pair in zip(words, [*marks, ""], strict=True) for part in pair).strip()


@given(_MARKED, _WORDS, st.data(), st.sampled_from(["ar", "fr", "es", "sw", "zh_Hant"]))
def test_what_keeps_the_marks_is_never_blocked(
    marked: list[tuple[str, str]], last: str, data: st.DataObject, language: str
) -> None:
    marks = [mark for _, mark in marked]
    source = _joined([*(word for word, _ in marked), last], marks)
    words = data.draw(st.lists(_WORDS, min_size=len(marks) + 1, max_size=len(marks) + 1))
    target = _joined(words, data.draw(st.permutations(marks)))
    assert not [finding for finding in check_translation(source, target, language=language) if finding.blocking]


@given(_MARKED.filter(bool), _WORDS, st.data())
def test_a_mark_more_or_less_is_always_blocked(marked: list[tuple[str, str]], last: str, data: st.DataObject) -> None:
    words, marks = [*(word for word, _ in marked), last], [mark for _, mark in marked]
    place = data.draw(st.integers(0, len(marks) - 1))
    whole, less = (
        _joined(words, marks),
        _joined([*words[:place], *words[place + 1 :]], marks[:place] + marks[place + 1 :]),
    )
    for source, target in ((whole, less), (less, whole)):
        assert check_translation(source, target, language="ar")[0].blocking


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["ar", "fr", "es", "pt_BR"]), st.booleans())
def test_any_two_texts_are_checked(source: str, target: str, language: str, tight: bool) -> None:
    for finding in check_translation(source, target, language=language, tight=tight):
        assert finding.sentence
        assert "%(" not in finding.sentence.replace(target, "").replace(source, "") or "%(" in source + target


@given(st.text(min_size=1, max_size=80).filter(str.strip))
def test_a_copy_of_the_source_is_blocked_by_its_own_faults_alone(text: str) -> None:
    blocking = [finding.kind for finding in check_translation(text, text, language="fr") if finding.blocking]
    assert set(blocking) <= {Check.HIDDEN_SIGNS}


# --- what is a question to the translator ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("es", "3,852 households", "3852 hogares"),
        ("es", "3,852 households", "3 852 hogares"),
        ("es", "3,852 households", "3.852 hogares"),
        ("fr", "3,852 households", "3 852 ménages"),
        ("fr", "3,852 households", "3\u202f852 ménages"),
        ("ar", "3,852 households", "3,852 أسرة"),
        ("ar", "3,852 households", "٣٬٨٥٢ أسرة"),
        ("ar", "3,852 households", "3.852 أسرة"),
        ("es_MX", "3,852 households, 52.4 per cent", "3,852 hogares, el 52.4 %"),
        ("fr", "52.4 per cent", "52,4 %"),
        ("es", "52.4 per cent", "52,4 por ciento"),
        ("ar", "52.4 per cent", "٥٢٫٤ في المائة"),
        ("ar", "52.4%", "52,4٪"),
        ("es", "3.8 billion people", "3800 millones de personas"),
        ("es", "3.8 billion people", "3,8 mil millones de personas"),
        ("fr", "3.8 billion people", "3,8 milliards de personnes"),
        ("ar", "3.8 billion people", "3.8 مليار شخص"),
        ("fr", "a million people", "1 000 000 de personnes"),
        ("es", "half a million people", "500 000 personas"),
        ("fr", "500,000 people", "un demi-million de personnes"),
        ("ar", "Target 1.3 of the goals", "الغاية 1-3 من الأهداف"),
        ("fr", "Target 1.3 of the goals", "La cible 1.3 des objectifs"),
        ("ar", "the 2015/16 season", "موسم 2015/2016"),
        ("fr", "the 2015/16 season", "la saison 2015-2016"),
        ("fr", "in the 1990s", "dans les années quatre-vingt-dix"),
        ("es", "in the 1990s", "en los años 90"),
        ("fr", "the 19th century", "le XIXe siècle"),
        ("ar", "the 20th century", "القرن العشرون"),
        ("ar", "the twentieth century", "القرن 20"),
        ("ar", "after 12 months", "بعد اثني عشر شهرًا"),
        ("fr", "12 months", "douze mois"),
        ("fr", "twelve months", "12 mois"),
        ("es", "at twenty-five", "a los 25 años"),
        ("ar", "at 25 years", "في الخامسة والعشرين"),
        ("fr", "in 3 of the 9 villages", "dans trois des neuf villages"),
        ("es", "phase 2", "segunda fase"),
        ("ar", "COVID-19", "كوفيد-19"),
        ("fr", "in 2019 and 300 others", "en 2019 et 300 autres"),
        ("fr", "at 3:30 p.m.", "à 15 h 30"),
        ("fr", "Working Paper 1,325 of the Bank", "« Working Paper 1,325 of the Bank »"),
        ("es", "Kenya, Pays Ksh1.1 billion to families", "Kenya, Pays Ksh1.1 billion to families (pagos)"),
        ("fr", "No. " + "9" * 4400, "N° " + "9" * 4400),
        ("fr", "40 + 60 = 100%", "40 + 60 = 100 %"),
        ("es", "between 60–80 per cent", "entre el 60 y el 80 %"),
        ("ar", "Articles 22 and 25.", "المادتان 22 و25."),
        ("fr", "One in ten", "Une personne sur 10"),
    ],
)
def test_the_same_numbers(language: str, source: str, target: str) -> None:
    assert found(source, target, language, Check.NUMBERS) == []


@pytest.mark.parametrize(
    ("language", "source", "target", "numbers"),
    [
        ("fr", "52.4 per cent", "52.4 %", ["52.4"]),
        ("es", "1.5 million people", "1.5 millones de personas", ["1.5 million", "1.5 millones"]),
        ("fr", "1,300 pesos", "1,300 pesos", ["1,300"]),
        ("es", "1,300 pesos", "1,300 pesos", ["1,300"]),
        ("fr", "in 2030", "en 2020", ["2030", "2020"]),
        ("ar", "in 2030", "في عام ٢٠٢٠", ["2030", "2020"]),
        ("ar", "165 studies", "دراسات", ["165"]),
        ("es", "Studies", "165 estudios", ["165"]),
        ("es", "3.8 billion people", "3,8 billones de personas", ["3.8 billion", "3,8 billones"]),
        ("fr", "3 billion people", "3 millions de personnes", ["3 billion", "3 millions"]),
        ("fr", "12 per cent and 15 per cent", "12 %", ["15"]),
        ("ar", "3.3 per cent", "33 في المائة", ["3.3", "33"]),
        ("fr", "2,000 households", "200 ménages", ["2,000", "200"]),
        ("es", "2.5 hectares and 14 days", "2,5 hectáreas", ["14"]),
        ("fr", "10 days, 12 people", "jours, personnes", ["10 · 12"]),
        ("fr", "100 people", "90 pour cent", ["100", "90"]),
    ],
)
def test_other_numbers(language: str, source: str, target: str, numbers: list[str]) -> None:
    sentences = [finding.sentence for finding in found(source, target, language, Check.NUMBERS)]
    assert [sentence.rpartition(": ")[2] for sentence in sentences] == numbers


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("ar", "Who is covered?", "من المشمول؟"),
        ("ar", "Stop!", "توقّف!"),
        ("ar", "First; then", "أولًا؛ ثم"),
        ("ar", "Three things:", "ثلاثة أمور:"),
        ("ar", "They work together.", "يعملون معًا."),
        ("ar", "He asked: “Why?”", "سأل: «لماذا؟»"),
        ("ar", "A label", "تسمية"),
        ("ar", "The social protection …", "… الحماية الاجتماعية."),
        ("ar", "Handa and others.", "Handa وآخرون."),
        ("fr", "He asked: “Why?”", f"Il demanda{N}: «{N}Pourquoi{N}?{N}»"),
        ("fr", "Maps, lists, etc.", "Cartes, listes, etc."),
        ("fr", "Maps and other things", "Cartes, etc."),
        ("fr", "Wait…", "Attendez..."),
        ("es", "The consequence is not.", "La consecuencia, no."),
        ("es", "In the U.S.", "En los EE. UU."),
        ("es", "In the United States", "En los EE. UU."),
        ("es", "Dear Ana,", "Hola, Ana:"),
        ("es", "**What?**", "**¿Qué?**"),
        ("hi", "It works.", "यह काम करता है।"),
        ("zh", "Why?", "为什么？"),
    ],
)
def test_the_same_ending(language: str, source: str, target: str) -> None:
    assert found(source, target, language, Check.END_PUNCTUATION) == []


@pytest.mark.parametrize(
    ("language", "source", "target", "sentence"),
    [
        ("ar", "Who?", "من", "The source ends with “?”; let the translation end with “؟”."),
        ("ar", "First;", "أولًا.", "The source ends with “;”; let the translation end with “؛”."),
        ("ar", "It works.", "يعمل", "The source ends with “.”; let the translation end with “.”."),
        ("ar", "It works together.", "يعمل معًا", "The source ends with “.”; let the translation end with “.”."),
        ("fr", "Three things:", "Trois choses.", "The source ends with “:”; let the translation end with “:”."),
        ("fr", "Wait…", "Attendez.", "The source ends with “…”; let the translation end with “…”."),
        ("fr", "It works (well).", "Cela marche (bien)", "The source ends with “.”; let the translation end with “.”."),
        ("es", "A label", "Una etiqueta.", "The translation ends with “.”, the source does not."),
        ("ar", "A label", "أهذه تسمية؟", "The translation ends with “؟”, the source does not."),
    ],
)
def test_another_ending(language: str, source: str, target: str, sentence: str) -> None:
    assert [finding.sentence for finding in found(source, target, language, Check.END_PUNCTUATION)] == [sentence]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Why?", "¿Por qué?"),
        ("Why, and for whom?", "¿Por qué y para quién?"),
        ("Stop! Why?", "¡Alto! ¿Por qué?"),
        ("What?!", "¿¡Qué!?"),
        ("“Why?” she asked.", "—¿Por qué? —preguntó."),
        ("What Does the Evidence Say? ODI.", "What Does the Evidence Say? ODI."),
        (
            "Handa (2018). Can Transfers Raise Standards? Evidence.",
            "Handa (2018). Can Transfers Raise Standards? Evidence.",
        ),
        ("It is (?) so.", "Es (?) así."),
    ],
)
def test_spanish_opens_its_questions(source: str, target: str) -> None:
    assert found(source, target, "es", Check.QUESTION_MARKS) == []


@pytest.mark.parametrize(
    ("source", "target", "count"),
    [
        ("Why?", "Por qué?", 1),
        ("Stop! Why?", "Alto! Por qué?", 2),
        ("Why? And who?", "¿Por qué? Y quién?", 1),
        ("Why?", "¿Por qué.", 1),
        ("Stop!", "¡Alto.", 1),
    ],
)
def test_spanish_questions_without_an_opening(source: str, target: str, count: int) -> None:
    assert len(found(source, target, "es", Check.QUESTION_MARKS)) == count


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("ar", "One, two; three?", "واحد، اثنان؛ ثلاثة؟"),
        ("ar", "3,852 people", "3,852 شخصًا"),
        ("ar", "Devereux, 2004", "ديفرو (Devereux & Sabates-Wheeler, 2004) هنا"),
        ("ar", "Evidence: What Does It Say? ODI.", "Evidence: What Does It Say? ODI."),
        ("ar", "Use `a, b`.", "استعمل `a, b`، ثم"),
        ("fa", "Why?", "چرا؟"),
        ("fr", "Why: this; that! What?", f"Pourquoi{N}: ceci{N}; cela{N}! Quoi{N}?"),
        ("fr", "Why: this; that! What?", "Pourquoi\u00a0: ceci\u00a0; cela\u00a0! Quoi\u00a0?"),
        ("fr", "“Yes”", f"«{N}Oui{N}»"),
        ("fr", "At 10:30, https://e.org/?a=b", "À 10:30, https://e.org/?a=b"),
        ("fr", "Cash Transfers: What Does It Say?", f"Bastagli, Cash Transfers: What Does It Say{N}?"),
        ("fr", "What?!", f"Quoi{N}?!"),
        ("fr", "Odd (?)", "Étrange (?)"),
        ("es", "Three: one; two", "Tres: uno; dos"),
        ("he", "One, two?", "אחת, שתיים?"),
    ],
)
def test_signs_of_the_language(language: str, source: str, target: str) -> None:
    assert found(source, target, language, Check.SIGNS) == []


@pytest.mark.parametrize(
    ("language", "source", "target", "sentences"),
    [
        ("ar", "Who?", "من?", ["“?” is a Latin sign; Arabic script writes “؟”."]),
        ("ar", "One, two", "واحد, اثنان", ["“,” is a Latin sign; Arabic script writes “،”."]),
        ("ar", "One; two", "معًا; اثنان", ["“;” is a Latin sign; Arabic script writes “؛”."]),
        ("ar", "The ILO, then", "منظمة (ILO), ثم", ["“,” is a Latin sign; Arabic script writes “،”."]),
        ("ar", "In 2016, then", "في 2016, ثم", ["“,” is a Latin sign; Arabic script writes “،”."]),
        ("ar", "What is Novissi?", "ما هو برنامج Novissi?", ["“?” is a Latin sign; Arabic script writes “؟”."]),
        ("ur", "Who?", "کون?", ["“?” is a Latin sign; Arabic script writes “؟”."]),
        ("fr", "Why?", "Pourquoi?", ["Before “?” French sets a narrow no-break space (U+202F)."]),
        ("fr", "Why?", "Pourquoi ?", ["Before “?” French sets a narrow no-break space (U+202F)."]),
        ("fr", "One: two", "Un: deux", ["Before “:” French sets a narrow no-break space (U+202F)."]),
        (
            "fr",
            "An example: Ethiopia",
            "Exemple : l’Éthiopie",
            ["Before “:” French sets a narrow no-break space (U+202F)."],
        ),
        (
            "fr",
            "“Yes”",
            "« Oui »",
            [
                "After “«” French sets a narrow no-break space (U+202F).",
                "Before “»” French sets a narrow no-break space (U+202F).",
            ],
        ),
    ],
)
def test_signs_of_another_language(language: str, source: str, target: str, sentences: list[str]) -> None:
    assert [finding.sentence for finding in found(source, target, language, Check.SIGNS)] == sentences


@pytest.mark.parametrize(
    ("source", "target", "count"),
    [
        ("The year's end", "La fin de l’année", 0),
        ("The year's end", "La fin de l'année", 1),
        ("Clare O'Brien", "Clare O'Brien", 0),
        ("By Clare O'Brien and others", "De Clare O'Brien and others", 0),
        ('He says "yes"', f"Il dit «{N}oui{N}»", 0),
        ('He says "yes"', 'Il dit "oui"', 1),
        ('The year\'s "end"', 'La "fin" de l\'année', 2),
    ],
)
def test_french_quotes(source: str, target: str, count: int) -> None:
    assert len(found(source, target, "fr", Check.QUOTES)) == count
    assert found(source, target, "es", Check.QUOTES) == []


@pytest.mark.parametrize(
    ("language", "source", "target", "count"),
    [
        ("ar", "One two", "واحد اثنان", 0),
        ("ar", "One two", "واحد  اثنان", 1),
        ("fr", "One: two", f"Un{N} : deux", 1),
        ("ar", "One", " واحد", 1),
        ("ar", "One", "واحد ", 1),
        ("ar", " one ", " واحد ", 0),
        ("ar", "One, two.", "واحد ، اثنان.", 1),
        ("es", "Who?", "¿Quién ?", 1),
        ("fr", "Who?", "Qui\u00a0?", 0),
        ("fr", "It is.", "C’est .", 1),
        ("es", "**One**, two", "**Uno**, dos", 0),
        ("es", "a  b", "a  b", 0),
        ("es", "A line\\\nmore", "Una línea\\\nmás", 0),
    ],
)
def test_spacing(language: str, source: str, target: str, count: int) -> None:
    assert len(found(source, target, language, Check.SPACING)) == count


@pytest.mark.parametrize(
    ("source", "target", "flagged"),
    [
        ("Social protection", "Social protection", True),
        ("Who is covered?", "who is covered?", True),
        ("Time to act", "Time to act ", True),
        ("Dear %(name)s, good morning", "Dear %(name)s, good morning", True),
        ("coverage", "coverage", True),
        ("Novissi", "Novissi", False),
        ("World Bank", "World Bank", False),
        ("GDP 2024", "GDP 2024", False),
        ("3,852", "3,852", False),
        ("%(first)s – %(last)s", "%(first)s – %(last)s", False),
        ("https://example.org/some-page", "https://example.org/some-page", False),
        ("Handa (2018). Can transfers raise standards?", "Handa (2018). Can transfers raise standards?", False),
        ("Social protection", "Protection sociale", False),
    ],
)
def test_untranslated(source: str, target: str, flagged: bool) -> None:
    assert bool(found(source, target, "fr", Check.UNTRANSLATED)) == flagged


_LINE = "Two lines show the income of one family over time, with and without protection. "
_LONG = "Deux lignes montrent le revenu d’une famille au fil du temps, avec et sans protection. "


@pytest.mark.parametrize(
    ("language", "source", "target", "tight", "flagged"),
    [
        ("fr", _LINE, _LONG, False, False),
        ("fr", _LINE, _LONG * 2, False, False),
        ("fr", _LINE, _LONG * 3, False, True),
        ("fr", _LINE * 3, _LONG, False, True),
        ("fr", _LINE, "Deux lignes.", False, True),
        ("ar", _LINE, "خطان.", False, True),
        ("ar", "Way", "الطريقة", False, False),
        ("fr", "Outreach", "Information et sensibilisation", False, False),
        ("fr", "Outreach", "Information et sensibilisation", True, True),
        ("es", "Old age", "Vejez", True, False),
        ("es", "The way back", "El camino de vuelta", True, False),
        ("ar", "a word", "كَلِمَةٌ" * 4, True, False),
        ("ja", _LINE, "二本の線は家族の所得を示します。", False, False),
        ("ar", "FAO, *Managing climate risks through social protection*, Rome.",
         "منظمة الأغذية والزراعة. *Managing climate risks through social protection* "
         "(إدارة مخاطر المناخ من خلال الحماية الاجتماعية). روما.",
         False, False),
    ],
)  # fmt: skip
def test_length(language: str, source: str, target: str, tight: bool, flagged: bool) -> None:
    assert bool(found(source, target, language, Check.LENGTH, tight=tight)) == flagged


@pytest.mark.parametrize(
    ("language", "source", "target", "sentences"),
    [
        ("ar", "The bank (IMF)", "البنك (IMF)", []),
        ("ar", "a) one", "أ) واحد", []),
        ("ar", "Handa (2018)", "(Handa وآخرون، 2018)", []),
        ("fr", "“Yes”", f"«{N}Oui{N}»", []),
        ("ar", "The bank (IMF)", "البنك (IMF", ["“(” is opened and never closed with “)”."]),
        ("ar", "The bank (IMF)", "البنك IMF)", ["“)” closes what no “(” has opened."]),
        ("ar", "The bank (IMF)", "البنك )IMF(", ["“)” stands before its “(”: the brackets are turned round."]),
        ("ar", "“Yes”", "»نعم«", ["“»” stands before its “«”: the brackets are turned round."]),
        (
            "ar",
            "Handa (et al.)",
            "هاندا (et al.)",
            ["In “(et al.)” the sign beside the bracket jumps to the other end of the Latin words."],
        ),
        (
            "ar",
            "The sign (#tag)",
            "العلامة (#tag)",
            ["In “(#tag)” the sign beside the bracket jumps to the other end of the Latin words."],
        ),
        ("fr", "Handa (et al.)", "Handa (et al.)", []),
        ("ar", "Handa (and others.)", "هاندا (وآخرون.)", []),
    ],
)
def test_brackets(language: str, source: str, target: str, sentences: list[str]) -> None:
    assert [finding.sentence for finding in found(source, target, language, Check.BRACKETS)] == sentences


@pytest.mark.parametrize(
    ("target", "check", "flagged"),
    [
        ("كلمة\u200f", Check.DIRECTION_MARKS, True),
        ("\u200eكلمة", Check.DIRECTION_MARKS, True),
        ("كلمة", Check.DIRECTION_MARKS, False),
        ("كل\u00adمة", Check.HIDDEN_SIGNS, True),
        ("كل\u200bمة", Check.HIDDEN_SIGNS, True),
        ("می\u200cخواهم", Check.HIDDEN_SIGNS, False),
    ],
)
def test_invisible_signs_that_may_be_meant(target: str, check: Check, flagged: bool) -> None:
    findings = found("a word", target, "ar", check)
    assert bool(findings) == flagged
    assert not any(finding.blocking for finding in findings)
