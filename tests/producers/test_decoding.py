"""Bytes become text in the encoding that they are most likely in; long lines are cut, not kept."""

from __future__ import annotations

import io

import pytest

from producers.decoding import LineDecoder, UndecodableContent, decode, read_lines, read_utf16_lines


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
    decoded = decode(content, html=html)

    assert (decoded.text, decoded.remark) == (text, remark)


# What browsers read under a label is more than the standard of that name has.
@pytest.mark.parametrize(
    ("label", "encoding", "text"),
    [
        ("gb2312", "gb18030", "陶喆在长沙开唱"),
        ("GBK", "gb18030", "欧元€走强"),
        ("shift_jis", "cp932", "①髙橋さんの店"),
        ("x-sjis", "cp932", "古い米蔵"),
        ("windows-31j", "cp932", "㈱山﨑"),
        ("euc-kr", "cp949", "펲시콜라와 똠양꿍"),
        ("ks_c_5601-1987", "cp949", "방앗간"),
        ("euc-jp", "euc_jis_2004", "①番の店"),
        ("big5", "big5hkscs", "嚟到香港"),
        ("iso-8859-1", "cp1252", "“Zürich” – 5 €"),
        ("us-ascii", "cp1252", "naïve"),
        ("iso-8859-9", "cp1254", "“Eskişehir”"),
        ("tis-620", "cp874", "“เชียงใหม่”"),
        ("cp1251", "cp1251", "«Ёлка»"),
        ("x-cp1250", "cp1250", "Łódź"),
        ("iso-2022-jp", "iso2022_jp", "古い米蔵"),
    ],
)
def test_a_label_means_what_it_means_to_a_browser(label, encoding, text):
    page = f'<html><meta http-equiv="content-type" content="text/html; charset={label}"><p>{text}'

    decoded = decode(page.encode(encoding), html=True)

    assert (decoded.text, decoded.remark) == (page, None)


def test_xml_declares_its_encoding_in_the_first_line():
    content = '<?xml version="1.0" encoding="windows-1251"?><rss><title>Мельница</title></rss>'.encode(
        "cp1251"
    )

    assert decode(content, html=True).text.endswith("<rss><title>Мельница</title></rss>")


def test_the_charset_of_a_form_is_not_that_of_the_page():
    page = '<form accept-charset="koi8-r">Café, Zürich'

    assert decode(page.encode("cp1252"), html=True).text == page


@pytest.mark.parametrize(
    ("encoding", "text", "name"),
    [
        ("cp1251", "Мост через реку откроют в мае, сообщила мэрия в понедельник.", "Windows-1251"),
        ("koi8-r", "Мост через реку откроют в мае, сообщила мэрия в понедельник.", "KOI8-R"),
        ("cp1250", "Most przez rzekę będzie otwarty w maju, powiedział burmistrz Łodzi.", "Windows-1250"),
        ("cp1253", "Η γέφυρα θα ανοίξει τον Μάιο, ανακοίνωσε ο δήμαρχος τη Δευτέρα.", "Windows-1253"),
        ("cp1256", "سيفتح الجسر في مايو كما قالت رئيسة البلدية يوم الاثنين.", "Windows-1256"),
        ("gb18030", "市长星期一表示，河上的新桥将于五月通车，市民等了三年。", "GB18030"),
        ("cp932", "川にかかる新しい橋は五月に開通すると市長が月曜日に述べた。", "Shift_JIS"),
        ("cp949", "강을 건너는 새 다리가 오월에 열린다고 시장이 월요일에 말했다.", "EUC-KR"),
        ("big5hkscs", "市長星期一表示，河上的新橋將於五月通車，市民等了三年。", "Big5"),
        ("iso2022_jp", "川にかかる新しい橋は五月に開通する。", "ISO-2022-JP"),
    ],
)
def test_an_encoding_that_nothing_declares_is_detected_and_named(encoding, text, name):
    decoded = decode(text.encode(encoding))

    assert (decoded.text, decoded.remark) == (text, f"is not UTF-8, read as {name}")


def test_a_label_that_cannot_be_right_is_overruled():
    page = '<meta charset="iso-8859-1"><p>Мост через реку откроют в мае, сообщила мэрия в понедельник.'

    decoded = decode(page.encode("cp1251"), html=True)

    assert (decoded.text, decoded.remark) == (page, "is not UTF-8, read as Windows-1251")


def test_a_few_broken_bytes_do_not_cost_a_page_its_encoding():
    page = f'<meta charset="gbk"><p>{"市长星期一表示，河上的新桥将于五月通车。" * 4}'.encode("gb18030")

    decoded = decode(page + b"\xff<p>", html=True)

    assert decoded.text.startswith('<meta charset="gbk"><p>市长')
    assert decoded.remark == "1 broken gbk characters were replaced"


def test_what_is_detected_in_one_line_holds_for_the_short_lines_after_it():
    decoder = LineDecoder()

    decoded = [
        decoder.decode(line.encode("cp1251")) for line in ("Мост через реку откроют в мае.", "Мир", "peace")
    ]

    assert [line.text for line in decoded] == ["Мост через реку откроют в мае.", "Мир", "peace"]
    assert [line.remark for line in decoded] == ["is not UTF-8, read as Windows-1251", None, None]


def test_a_charset_counts_only_in_a_page():
    content = b'charset="koi8-r" ' + "Zürich".encode("cp1252")

    decoded = decode(content)

    assert decoded.text.endswith("Zürich")
    assert decoded.remark == "is not UTF-8, read as Windows-1252"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x00\x01\x02PNG", "is binary, or UTF-16 without a byte order mark"),
        (b"\x81\x8d" * 10, "is neither UTF-8 nor in an encoding that can be told; convert it to UTF-8"),
        (
            bytes(range(1, 256)) * 8,
            "is neither UTF-8 nor in an encoding that can be told; convert it to UTF-8",
        ),
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
