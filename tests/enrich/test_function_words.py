"""Small words tell English from other languages, in whole texts and in quotations."""

from __future__ import annotations

import pytest

from streams.enrich.function_words import (
    distinct_language,
    foreign_stretches,
    reads_as_english,
    undetected_language,
)

ENGLISH = (
    "The harbour will be closed until May, the mayor said, because its walls are older than the law allows."
)
SOMALI = (
    "Dekedda cusub ee magaalada ayaa la xiri doonaa ilaa bisha May, sida uu sheegay duqa magaalada, "
    "maxaa yeelay darbiyada ayaa ka da' weyn inta sharcigu ogol yahay."
)
HAUSA = (
    "Za a rufe tashar jirgin ruwa har zuwa watan Mayu, in ji magajin garin, domin bangonta ya tsufa sosai."
)
YORUBA = "Wọn yóò ti èbúté náà pa títí di oṣù May, gẹ́gẹ́ bí olórí ìlú náà ti sọ, nítorí pé ògiri rẹ̀ ti gbó."
ZULU = "Itheku lizovalwa kuze kube uMeyi, kusho imeya, ngoba izindonga zalo zindala kakhulu manje emgwaqweni."


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        "Harbour closed until May",
        "Union, port operator agree to new pay deal; strike off, ferries to sail on Friday",
        "Hansa Rostock 2, Union Berlin 1; Mainz 0, Bremen 0",
    ],
)
def test_english_and_what_is_too_short_to_tell_read_as_english(text):
    assert reads_as_english(text)


@pytest.mark.parametrize(
    "text",
    [
        SOMALI,
        HAUSA,
        YORUBA,
        ZULU,
        "Der Hafen bleibt bis Mai geschlossen, sagte die Bürgermeisterin, weil die Mauern zu alt sind.",
        "Gavana gwo a pral fèmen jiska me, majistra a di, paske mi li yo pi vye pase sa lalwa pèmèt.",
        "Ο λιμένας θα κλείσει.",
    ],
)
def test_other_languages_do_not_read_as_english(text):
    assert not reads_as_english(text)


@pytest.mark.parametrize(
    ("text", "code"), [(SOMALI, "so"), (HAUSA, "ha"), (YORUBA, "yo"), (ENGLISH, None), ("Rates rise", None)]
)
def test_a_language_that_detectors_do_not_know_is_told_by_its_small_words(text, code):
    assert undetected_language(text) == code


@pytest.mark.parametrize(
    "quotation",
    [
        "„Wir haben das nicht gewusst“, sagte Keller den Abgeordneten, und mehr wollte er nicht sagen.",
        "« Nous ne savions pas, et c'est très grave », a dit Keller devant les députés.",
        '"Nosotros no lo sabíamos, y eso es muy grave", dijo Keller ante los diputados.',
        '"Wij hebben het niet geweten", zei Keller, die verder geen vragen wilde beantwoorden.',
        "„Nie wiedzieliśmy o tym, a to jest bardzo poważne”, powiedział Keller.",
        '"Ini sangat serius dan kami tidak tahu", kata Keller kepada para wartawan.',
        "«Мы об этом не знали», – сказал Келлер депутатам.",
    ],
)
def test_a_paragraph_in_another_language_is_a_foreign_stretch(quotation):
    text = f"{ENGLISH}\n\n{quotation}\n\n{ENGLISH}"

    assert [text[start:end] for start, end in foreign_stretches(text)] == [quotation]


def test_a_quotation_in_another_language_is_foreign_and_the_sentence_around_it_is_not():
    quotation = "“Das ist eine Schande für unser Land, und wir werden es nicht vergessen”"

    text = f"He rose and shouted: {quotation} before the chairman of the house could stop him."

    assert [text[start:end] for start, end in foreign_stretches(text)] == [quotation]


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        "He read Le Monde and El País in Los Angeles, and met the band Los Lobos in the Rue de la Paix.",
        "“La vita è bella” was shown again in the Teatro alla Scala.",
        "The Banco de la República and the Deutsche Bundesbank bought the same bonds.",
        "Carlos Pérez de la Cruz\nMaria van der Berg\nJoão dos Santos",
        "The court ruled that de facto control of the firm was not et al. enough.",
    ],
)
def test_foreign_names_and_titles_are_english_text(text):
    assert foreign_stretches(text) == []


@pytest.mark.parametrize(
    ("text", "sisters", "code"),
    [
        ("Museet vart opna att etter ei løysing på brannen, sa ho.", "da nn no", "nn"),
        ("Museet åpner igjen etter en løsning på brannen, sa hun.", "da nn no", "no"),
        ("Museet åbner igen efter en løsning på branden, hvad der blev sagt.", "da nn no", "da"),
        ("Opština je saopštila da će most biti zatvoren do avgusta.", "bs hr sr", "sr"),
        ("Općina je priopćila da će most biti zatvoren do kolovoza.", "bs hr sr", "hr"),
        ("Općina je saopćila da će most biti zatvoren do augusta.", "bs hr sr", "bs"),
        ("O concello dixo onte que a ponte non abrirá ata maio.", "gl pt", "gl"),
        ("Museum.", "da nn no", None),
    ],
)  # fmt: skip
def test_close_languages_are_told_by_words_that_only_one_has(text, sisters, code):
    assert distinct_language(text, sisters.split()) == code
