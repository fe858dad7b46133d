"""Bytes that have broken programs like ours: a corpus for the tests here, and the seeds of the fuzzer."""

from __future__ import annotations

from hypothesis import strategies as st

TEXTS = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",  # a surrogate, which UTF-8 must not have
    b"caf\xc3",  # cut in the middle of a letter
    b"caf\xc3\x83\xc2\xa9 society",  # UTF-8 read as Latin-1 and written again
    "\u202eevil\u202c \u200f\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627".encode(),
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324A\u0334\u0335LGO".encode(),
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1fa\U0001f1f3 \ufe0f".encode(),
    "İstanbul ıspanak ß ŉ ﬁ".encode(),  # letters that become two, or others, in another case
    b"&amp;amp;amp;lt;b&amp;gt; &#0; &#xD800; &#1114112; &nbsp",
    b"=cmd|' /C calc'!A0\t@SUM(1+1)",
    b"<!DOCTYPE html><html><head><meta charset=idna></head><body><p>a..b" + b"x" * 70 + b"</p></body>",
    b"<html><meta charset=punycode><p>-----------------</p>",
    b"<html><meta charset=undefined><p>\xff</p>",
    b"<html><meta charset=unicode_escape><p>\\ud800 \xff</p>",
    b"<?xml version='1.0' encoding='utf-7'?><html><p>+2AA-</p>",
    b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><html><body><p>&b;&b;</p></body></html>',
    b"<html>" + b"<div>" * 3000 + b"deep",
    b"<p" + b" a=b" * 3000 + b">attributes",
    b"<script>alert(1)</script><style>p{}</style><p onclick=x()>Rates rise.</p>",
    b"<table><tr><td><table><tr><td>Rates<td>rise</table>",
    b"<![CDATA[ Rates rise. ]]><svg><foreignObject><p>x</svg>",
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b'{"body": "\\ud800"}',
    b'{"body": "x", "body": 7}',
    b'{"article_id": "", "body": "x"}',
    b'{"article_id": "a", "body": "x", "published_at": 1e400}',
    b'{"article_id": "a", "body": "x", "published_at": "0000-00-00T99:99:99Z"}',
    b'{"article_id": "a", "body": "x", "published_at": "9999-12-31T23:59:59+00:01"}',
    b'{"article_id": "a", "text": "x", "entities": [{"mentions": [{"start": -1}]}]}',
    b'{"article_id": "a", "text": "x", "word_count": 99999999999999999999999999}',
    b'{"body": NaN}',
    b"null",
    b"0",
    b'"text"',
    b"\r\n" * 5000,
    b"- " * 5000,
    b"A" * 20_000,
    b"a@" * 5000,
    b"By " * 5000,
)

ANY_BYTES = st.one_of(
    st.binary(max_size=400),
    st.sampled_from(TEXTS),
    st.tuples(st.sampled_from(TEXTS), st.binary(max_size=40), st.sampled_from(TEXTS)).map(b"".join),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")),
)

HEADERS = st.lists(
    st.tuples(
        st.one_of(
            st.text(max_size=12),
            st.sampled_from(
                ["ce_id", "ce_time", "ce_type", "CE_ID", "wireroom.replays", "traceparent", "content-type"]
            ),
            st.sampled_from(["__streams.errors.offset", "__streams.errors.partition"]),
        ),
        st.none() | st.binary(max_size=20),
    ),
    max_size=6,
)
