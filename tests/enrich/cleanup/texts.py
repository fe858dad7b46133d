"""Articles that several tests clean, as plain text and as a page."""

from __future__ import annotations

from streams.enrich.cleanup import Cleaner
from streams.events import CleanArticle, RawArticle

TEASER = "Bakers of Lisbon vote for the best custard tart! the winner may surprise you"
HIGHLIGHTS = [
    (
        "Norway's fisheries minister Kari Nygaard met Icelandic trawler owners in Reykjavik to settle a "
        "quarrel over mackerel quotas, Nygaard offered a joint count of the stock"
    ),
    (
        "The talks aimed to end a dispute over quotas, landing fees and inspections, Iceland asks for a "
        "larger share"
    ),
    "Both countries will count the mackerel together, focusing on spawning grounds and warmer water",
]
BODY = [
    (
        "In an effort to settle a long quarrel between Norway and Iceland, fisheries minister Kari "
        "Nygaard has met trawler owners and officials in Reykjavik to discuss mackerel quotas, which both "
        "governments have set alone since talks broke down."
    ),
    (
        "During the second day of the talks, Nygaard offered to count the stock of mackerel jointly. She "
        "said that nobody could share fairly what nobody had counted, and that inspections at sea should "
        "be shared as well."
    ),
    (
        "Iceland acknowledged the dispute and asked for a larger share of the quota. Its negotiator "
        "pointed to warmer water, which has driven the spawning grounds west, and to landing fees that "
        "Norway raised last year."
    ),
    (
        "The two countries agreed to send one research ship each in the spring, focusing on spawning "
        "grounds. The trawler owners said that they would wait for the count before they fished above "
        "last year's quota."
    ),
]
SENTENCES = [
    (
        "The harbour of Tromsø closed on Monday after a storm tore two trawlers from their moorings and "
        "drove them against the quay, the port authority said."
    ),
    (
        "Nobody was hurt, but the fish market has lost its landing stage, and repairs will take until the "
        "end of March, according to the harbour master, Ingrid Solberg."
    ),
    (
        "Owners of the two boats said that the moorings had been inspected in the autumn, and that they "
        "would ask the authority to pay for the damage to hulls and nets."
    ),
    (
        "The storm is the third this winter that has closed the harbour, and the council will vote in May "
        "on a new breakwater, which engineers have proposed for more than a decade."
    ),
]


def clean(cleaner: Cleaner, body: str, **fields: object) -> CleanArticle:
    return cleaner.clean(RawArticle.model_validate({"body": body, **fields}))


def removed(article: CleanArticle, kind: str) -> list[str]:
    return [stretch.text for stretch in article.removed if stretch.kind == kind]


def page(head: str = "", body: str | None = None) -> str:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    article = f"<article><h1>Storm closes harbour</h1>{paragraphs}</article>" if body is None else body
    return (
        f"<!doctype html><html lang='en'><head><title>Storm | Courier</title>{head}</head><body>"
        "<nav><a href='/'>Home</a> <a href='/news'>News</a></nav>"
        f"{article}<footer>Terms of use</footer><script>var x = 1;</script></body></html>"
    )
