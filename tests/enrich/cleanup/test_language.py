"""The language of an article, from its text or from its publisher."""

from __future__ import annotations

import pytest

from tests.enrich.cleanup.texts import BODY, clean

ENGLISH = "The minister said on Monday that talks would resume next week, and that both sides want them."
FRENCH = "Le ministre a déclaré lundi que les négociations reprendraient la semaine prochaine, comme prévu."


@pytest.mark.parametrize(
    ("body", "language"),
    [
        (BODY[0], "en"),
        ("Der Minister sagte am Montag, dass die Gespräche in der kommenden Woche fortgesetzt werden.", "de"),
        ("Le ministre a déclaré lundi que les négociations reprendraient la semaine prochaine.", "fr"),
        ("وزير الخارجية يقول إن المحادثات ستستأنف الأسبوع المقبل في العاصمة.", "ar"),
        ("部长星期一表示，谈判将于下周恢复，双方都希望达成协议。", "zh"),
        ("Oui", "und"),
        (f"{ENGLISH} {FRENCH}", "und"),
        (f"{ENGLISH} " * 6 + f"{FRENCH} " * 6, "und"),
        (f"{ENGLISH} " * 20 + FRENCH, "en"),
        (f"{ENGLISH} {ENGLISH}\n\n« {FRENCH} »\n\n{ENGLISH}", "en"),
        ("Most kod Sente biće zatvoren do oktobra, saopštilo je javno preduzeće. " * 4, "sr"),
        (
            "Jambatan baharu di Kuantan akan dibuka pada bulan Jun, kata pengerusi majlis perbandaran. " * 4,
            "ms",
        ),
        ("Det nye museet åpner i september, sa direktøren mandag, etter to år med oppussing. " * 4, "no"),
        ("Buundada cusub ayaa la furay toddobaadkan, waxaana ka qayb galay guddoomiyaha gobolka. " * 4, "so"),
        (
            "Sabuwar gadar za ta bude a watan Yuni, in ji kwamishinan ayyuka na jihar da ya ziyarce ta. " * 4,
            "ha",
        ),
        (
            "Yangi koʻprik kelasi oyda ochiladi, deb xabar berdi viloyat hokimligi, va bu shahar uchun. " * 4,
            "uz",
        ),
    ],
)
def test_the_language_is_detected_and_short_text_is_undetermined(cleaner, body, language):
    assert clean(cleaner, body).language == language


def test_the_language_of_a_few_words_is_the_one_that_the_publisher_says(cleaner):
    article = clean(cleaner, "Oui", language="fr-FR")

    assert article.language == "fr"
    assert "language_undetermined" in article.warnings


def test_a_hint_decides_between_languages_that_are_hardly_different(cleaner):
    text = "Gradska biblioteka bit će ponovo otvorena u septembru, rekla je direktorica novinarima. " * 4

    assert {hint: clean(cleaner, text, language=hint).language for hint in ("bs", "hr", "sr")} == {
        "bs": "bs",
        "hr": "hr",
        "sr": "sr",
    }


@pytest.mark.parametrize(("hint", "language"), [("zu", "zu"), ("en", "und"), ("ru", "und"), (None, "und")])
def test_a_hint_counts_for_a_language_that_cannot_be_told_if_it_can_be_right(cleaner, hint, language):
    text = (
        "Ibhuloho elisha lizovulwa ngenyanga ezayo, kusho umasipala. Umsebenzi uthathe iminyaka emithathu. "
        "Abashayeli bajabule. Abadobi bayakhala. Imali ivele esifundazweni."
    )

    assert clean(cleaner, text, language=hint).language == language


@pytest.mark.parametrize("hint", ["en", "eng", "English", "en-US", "EN_gb"])
def test_codes_and_names_of_one_language_agree(cleaner, hint):
    article = clean(cleaner, BODY[0], language=hint)

    assert (article.language, article.warnings) == ("en", [])


def test_a_wrong_language_hint_is_overruled_with_a_warning(cleaner):
    article = clean(cleaner, BODY[0], language="fr")

    assert article.language == "en"
    assert "language_conflict" in article.warnings


def test_quotations_do_not_make_an_english_article_foreign(cleaner):
    text = (
        "The strike at the mill of Ashby entered its third week on Monday, and talks have failed.\n\n"
        "« Nous ne lâcherons rien », a déclaré Mercier devant la grille. « Le patron doit partir. »\n\n"
        "The shop steward, Anne Mercier, came from Lille nine years ago and speaks for 400 workers."
    )

    assert clean(cleaner, text).language == "en"


def test_an_article_with_english_quotations_stays_in_its_language(cleaner):
    text = (
        "La grève de l'usine d'Ashby est entrée lundi dans sa troisième semaine.\n\n"
        "« We will never give up, whatever they say about us », a lancé Anne Mercier devant la grille.\n\n"
        "La déléguée syndicale est arrivée de Lille il y a neuf ans et parle au nom de 400 ouvriers."
    )

    assert clean(cleaner, text).language == "fr"
