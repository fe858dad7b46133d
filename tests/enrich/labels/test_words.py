"""Words are read with their places, their part of the article and the entities that they name."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.folding import fold_characters
from streams.enrich.labels.words import BODY, BREAK, HEADLINE, LEAD, READ_WORDS, locate_words, read_words
from streams.events import Entity, EntityType, Mention, TaggedArticle

texts = st.text(st.sampled_from("ab Zß9 .,\n’“-ﬁé\ud800🌍"), max_size=60)


def tagged(text, headline=None, entities=()):
    return TaggedArticle(text=text, headline=headline, language="en", entities=[*entities])


def entity(text, name, type_, ids):
    start = text.index(name)
    mention = Mention(start=start, end=start + len(name), text=name)
    return Entity(id="e", type=type_, name=name, ids=ids, salience=1, count=1, mentions=[mention])


def locate(text):
    folded = fold_characters(text)
    return locate_words(folded, folded.split())


def test_words_are_read_with_their_part_of_the_article_and_with_breaks_between_sentences():
    article = tagged("Ice melts\n\nThe ice. " + "x" * 600 + " end", headline="Ice melts")

    words = read_words(article)

    assert words.forms == ["ice", "melts", BREAK, "the", "ice", BREAK, "x" * 600, "end"]
    assert words.parts.tolist() == [HEADLINE] * 2 + [LEAD] * 5 + [BODY]


@pytest.mark.parametrize("text", ["One. " * READ_WORDS, "one " * (READ_WORDS + 9)])
def test_only_the_opening_is_read(text):
    words = read_words(tagged(text))

    assert len(words.forms) == len(words.kinds) == len(words.parts) == READ_WORDS


def test_a_headline_that_does_not_open_the_text_has_no_words_in_it():
    words = read_words(tagged("The ice melts.", headline="Ice melts"))

    assert words.parts.tolist() == [LEAD] * 3


@given(texts)
def test_each_word_is_in_the_text_at_its_place_and_a_break_is_what_stands_between_two(text):
    places = locate(text)

    words = [match.span() for match in re.finditer(r"\S+", fold_characters(text))]
    found = list(zip(places.starts.tolist(), places.ends.tolist(), places.is_break.tolist(), strict=True))
    assert [(start, end) for start, end, is_break in found if not is_break] == words
    assert [form for form in places.forms if form != BREAK] == fold_characters(text).split()
    gaps = [(end, start) for (_, end), (start, _) in pairwise(words) if start - end > 1]
    assert [(start, end) for start, end, is_break in found if is_break] == gaps
    assert [form == BREAK for form in places.forms] == places.is_break.tolist()


@pytest.mark.parametrize(
    ("type_", "ids", "kind"),
    [
        (EntityType.PER, {}, 1),
        (EntityType.ORG, {}, 2),
        (EntityType.ORG, {"wikidata": "Q1"}, 3),
        (EntityType.LOC, {"iso3166": "PE"}, 4),
        (EntityType.LOC, {"iso3166": "PE-LIM"}, 5),
        (EntityType.LOC, {}, 5),
        (EntityType.MISC, {"iso3166": "PE"}, 6),
        (EntityType.MISC, {}, 7),
    ],
)
def test_words_of_a_name_have_the_kind_of_the_entity(type_, ids, kind):
    text = "Ice of Alta Sierra melts"

    words = read_words(tagged(text, entities=[entity(text, "Alta Sierra", type_, ids)]))

    assert words.kinds.tolist() == [0, 0, kind, kind, 0]


def test_a_break_within_a_name_is_no_part_of_it_and_a_name_below_the_opening_is_not_read():
    text = "Alta, Sierra " + "melts " * READ_WORDS + "Lima"
    names = [entity(text, "Alta, Sierra", EntityType.PER, {}), entity(text, "Lima", EntityType.LOC, {})]

    words = read_words(tagged(text, entities=names))

    assert words.forms[:3] == ["alta", BREAK, "sierra"]
    assert words.kinds[:3].tolist() == [1, 0, 1]
    assert not words.kinds[3:].any()
