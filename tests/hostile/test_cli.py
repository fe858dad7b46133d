"""Whatever a user types or pipes into a command, it ends with an exit code and a reason."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.oddities import ANY_BYTES, TEXTS

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

WORDS = st.sampled_from(
    ["labels", "check", "explain", "test", "new", "schema", "enrich", "dead", "show", "topics", "--max", "-1"]
) | st.text(max_size=10).filter(lambda word: "\x00" not in word)


@settings(FEW, max_examples=10)  # each loads the models
@given(content=ANY_BYTES)
def test_any_input_to_enrich_ends_in_order(run, content):
    outcome = run("enrich", "-", stdin=content)

    assert outcome.code in {0, 1}
    assert outcome.code == 0 or outcome.problems


COMMANDS = {"labels check": TEXTS, "labels explain": TEXTS[::4], "labels test climate": TEXTS[1::4]}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_each_odd_label_file_ends_in_order(run, tmp_path, command):
    for content in COMMANDS[command]:
        (tmp_path / "odd.toml").write_bytes(content)
        outcome = run(*command.split(), "odd.toml")

        assert outcome.code in {0, 1, 2}
        assert outcome.code == 0 or outcome.problems, content[:80]


@FEW
@given(words=st.lists(WORDS, max_size=4))
def test_any_words_are_a_command_or_wrong_usage(run, words):
    outcome = run(*words, env={"WIREROOM_BROKER": "127.0.0.1:1"}, stdin=b"")

    assert outcome.code in {0, 1, 2}
    assert outcome.code == 0 or outcome.err


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"WIREROOM_BATCH_SIZE=\xff", b"=\n'", b"\x00"])
def test_an_odd_env_file_is_ignored_or_refused_in_one_line(run, tmp_path, content):
    (tmp_path / ".env").write_bytes(content)

    outcome = run("health")

    assert outcome.code == 1
    assert len(outcome.problems) == 1
