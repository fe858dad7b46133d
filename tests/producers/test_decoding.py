"""Bytes become text in the encoding that they are most likely in; long lines are cut, not kept."""

from __future__ import annotations

import io

import pytest

from producers.decoding import UndecodableContent, decode, read_lines, read_utf16_lines


@pytest.mark.parametrize(
    ("content", "html", "text", "remark"),
    [
        ("Zürich".encode(), False, "Zürich", None),
        ("Zürich".encode("utf-8-sig"), False, "Zürich", None),
        ("Zürich".encode("utf-16"), False, "Zürich", None),
        ("“Zürich”".encode("cp1252"), False, "“Zürich”", "is not UTF-8, read as Windows-1252"),
        (
            "Zürich, Café…".encode()[:-1],
            False,
            "Zürich, Café\ufffd",
            "1 broken UTF-8 characters were replaced",
        ),
        (b'<meta charset="koi8-r">' + "Мир".encode("koi8-r"), True, '<meta charset="koi8-r">Мир', None),
        (b'<meta charset="utf-7">' + "Zürich".encode(), True, '<meta charset="utf-7">Zürich', None),
    ],
)
def test_a_text_is_read_in_its_encoding(content, html, text, remark):
    assert decode(content, html=html) == (text, remark)


def test_a_charset_counts_only_in_a_page():
    content = b'charset="koi8-r" ' + "Zürich".encode("cp1252")

    text, remark = decode(content)

    assert text.endswith("Zürich")
    assert remark == "is not UTF-8, read as Windows-1252"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x00\x01\x02PNG", "is binary, or UTF-16 without a byte order mark"),
        (b"\x81\x8d" * 10, "is neither UTF-8 nor Windows-1252; convert it to UTF-8"),
    ],
)
def test_bytes_that_are_not_text_are_refused_with_what_to_do(content, reason):
    with pytest.raises(UndecodableContent) as refused:
        decode(content)

    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("read", "encoding"), [(read_lines, "utf-8"), (read_utf16_lines, "utf-16")], ids=["utf-8", "utf-16"]
)
def test_of_a_line_over_the_limit_only_its_beginning_is_kept(read, encoding):
    stream = io.BytesIO(
        "one\n".encode(encoding) + f"{'x' * 100}\nthree".encode(encoding.replace("16", "16-le"))
    )

    lines = list(read(stream, 5))

    assert lines == [b"one\n", b"xxxxxx", b"three"]
