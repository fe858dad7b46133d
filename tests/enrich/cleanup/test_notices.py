"""Notices ask the reader for consent, or offer a subscription; stories about either do not."""

from __future__ import annotations

import pytest

from streams.enrich.cleanup.notices import asks_for_consent, offers_subscription, tells_terms


@pytest.mark.parametrize(
    "text",
    [
        "We use cookies to improve this site. By continuing you accept our privacy policy.",
        "We and our 214 partners store and read information on your device.",
        "Some of our partners process your data on the basis of a legitimate interest.",
        "Wir verwenden Cookies, um Inhalte und Anzeigen zu messen.",
        "Nous et nos partenaires utilisons des cookies pour mesurer l’audience.",
        "Utilizamos cookies propias y de terceros.",
    ],
)
def test_a_request_for_consent_is_found(text):
    assert asks_for_consent(text)


@pytest.mark.parametrize(
    "text",
    [
        "The court fined the shop because it had set cookies before visitors agreed.",
        "The two partners will privately store the grain until May.",
        "Eva baked forty cookies for the fair.",
    ],
)
def test_a_story_about_cookies_asks_for_nothing(text):
    assert not asks_for_consent(text)


@pytest.mark.parametrize(
    "text",
    [
        "This article is for subscribers only.",
        "This story is available exclusively to Harbour Post subscribers.",
        "Subscribe to continue reading.",
        "Create a free account to keep reading",
        "You have reached your limit of free articles this month.",
        "Already a subscriber? Log in",
        "Jetzt weiterlesen mit Plus",
        "Cet article est réservé aux abonnés.",
        "Contenido exclusivo para suscriptores",
        "Questo contenuto è riservato agli abbonati.",
        "Dit artikel is alleen voor abonnees.",
        "Subscribe from 2 euros a month. Cancel any time.",
        "Start your digital subscription for £1 a week.",
        "Try it free for 30 days",
    ],
)
def test_an_offer_to_read_on_is_found(text):
    assert offers_subscription(text)


@pytest.mark.parametrize(
    "text",
    [
        "The club said that its members may read the minutes for free.",
        "Subscribe to our newsletter and get the news every morning.",
        "Try it for yourself: the baths are free for two hours on Sundays.",
        "A subscription costs 9 euros a month, and half of the members pay less.",
        "The service has lost two million subscribers since it raised its price.",
    ],
)
def test_a_story_about_subscribers_offers_nothing(text):
    assert not offers_subscription(text)


def test_the_terms_of_an_offer_are_price_end_and_login():
    assert tells_terms("4 pounds a month. Cancel at any time.")
    assert tells_terms("Hier anmelden, monatlich kündbar")
    assert not tells_terms("The storm tore nine boats from their moorings.")
