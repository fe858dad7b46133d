"""`wireroom labels`: see why, disagree, and add a label of your own."""

from __future__ import annotations

import json
import tomllib

import pytest

from streams.enrich.labels import compact
from streams.enrich.labels.taxonomy import load_taxonomy
from streams.training.labels.export import write
from tests.enrich.labels.networks import DECISION, packed, random_state

ARTICLE = (
    "Envoys meet in Oslo\n\n"
    "The foreign ministers of both states resumed peace talks in Oslo on Monday and spoke of a treaty that "
    "would restore diplomatic relations after nine years. A mediator of the United Nations called the "
    "meeting a thaw, and the ambassadors are to return to their posts in the spring."
)
CHESS = """
label = "chess"
# played, not carved
phrases = { "chess" = 3.0, "grandmaster" = 3.0, "gambit" = 1.0 }
[calibration]
long = { slope = 4.0, intercept = -9.0 }
"""
GAMES = [
    ("The grandmaster opened with a gambit and won at chess.", ["chess"]),
    ("A chess match drew two thousand people to the hall.", ["chess"]),
    ("The grandmaster resigned on move forty.", ["chess"]),
    ("Chess is taught in every school of the district.", ["chess"]),
    ("The museum sold a chess set carved of ivory.", []),
    ("Rain stopped the tennis final.", []),
    ("The cyclists crossed the pass in snow.", []),
    ("A pitcher threw a perfect game.", []),
]


@pytest.fixture(autouse=True)
def without_model(monkeypatch, tmp_path):
    """Let all labels go by their files, whatever model is shipped."""
    monkeypatch.setattr(compact, "MODEL", tmp_path / "missing.npz")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small random model of the shipped labels."""
    path = tmp_path_factory.mktemp("model") / "compact.npz"
    labels = [label.label for label in load_taxonomy().labels]
    decisions = dict.fromkeys(labels, DECISION._replace(threshold=0.37))
    write(packed(random_state(len(labels)), decisions), path)
    return path


@pytest.fixture
def learned(monkeypatch, model):
    """Let the small model decide on the shipped labels."""
    monkeypatch.setattr(compact, "MODEL", model)


@pytest.fixture
def own(tmp_path):
    """A folder with the label file chess.toml, and games.jsonl beside it."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "chess.toml").write_text(CHESS)
    lines = [json.dumps({"text": text, "labels": labels}) for text, labels in GAMES]
    (tmp_path / "games.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def test_ls_lists_shipped_labels_and_ones_own(run, own):
    outcome = run("labels", "ls", "--taxonomy", own)

    listed = {line.split()[0] for line in outcome.lines}
    assert {"chess", "climate", "diplomacy", "human-rights"} <= listed
    assert outcome.code == 0


def weights_and_sum(output):
    """Return the weights above the first sum of an explanation, that sum, and what follows."""
    block, marked = output.split(" sum ", maxsplit=1)
    rows = [line.split() for line in block.splitlines()]
    weights = [float(row[0]) for row in rows[:-1] if row and row[0][0] in "+-"]
    return weights, float(rows[-1][0]), marked


def test_explain_marks_the_evidence_and_adds_it_up(run, tmp_path):
    (tmp_path / "a.txt").write_text(ARTICLE)

    outcome = run("labels", "explain", "a.txt")

    weights, total, marked = weights_and_sum(outcome.out)
    assert outcome.lines[0].startswith("diplomacy  0.9")
    assert sum(weights) == pytest.approx(total, abs=1e-3)
    assert "[foreign ministers]" in marked
    assert "[restore diplomatic relations]" in marked or "[diplomatic relations]" in marked
    assert "\x1b" not in outcome.out


def test_explain_shows_a_label_that_does_not_apply_when_asked(run, tmp_path):
    (tmp_path / "a.txt").write_text(ARTICLE)

    outcome = run("labels", "explain", "a.txt", "--label", "health")

    assert outcome.lines[0].startswith("health  0.0")
    assert "does not apply" in outcome.lines[0]


def test_explain_adds_up_a_learned_label_in_log_odds(run, tmp_path, learned):
    (tmp_path / "a.txt").write_text(ARTICLE)

    outcome = run("labels", "explain", "a.txt", "--label", "diplomacy")

    weights, total, after = weights_and_sum(outcome.out)
    rows = [line.split() for line in outcome.lines if line[:3] in ("  +", "  -")]
    assert "the threshold is 0.37" in outcome.lines[0]
    assert sum(weights) == pytest.approx(total, abs=1e-6)
    assert after.split("\n", 1)[0].split() == ["log-odds,", "calibrated", "as", "a", "short", "text"]
    assert {"base", "similarity", "article", "elsewhere"} <= {row[1] for row in rows}


def test_explain_shows_the_strongest_evidence_first(run, tmp_path, learned):
    (tmp_path / "a.txt").write_text(ARTICLE)

    outcome = run("labels", "explain", "a.txt", "--label", "diplomacy")

    rows = [line.split() for line in outcome.lines if line[:3] in ("  +", "  -")]
    spans = [abs(float(row[0])) for row in rows if row[-1].replace("-", "").isdigit()]
    assert len(spans) > 1
    assert spans == sorted(spans, reverse=True)


def test_explain_says_that_labels_read_english_only(run, tmp_path):
    (tmp_path / "a.txt").write_text(
        "Die Außenminister beider Staaten trafen sich am Montag in Oslo und sprachen über einen Vertrag, der "
        "nach neun Jahren die diplomatischen Beziehungen wiederherstellen soll."
    )

    outcome = run("labels", "explain", "a.txt")

    assert outcome.out == ""
    assert "a.txt: the language is de; labels are for English only" in outcome.err


def test_a_new_label_is_written_checked_and_used(run, tmp_path):
    assert run("labels", "new", "chess", "--taxonomy", "mine").lines == ["mine/chess.toml"]

    checked = run("labels", "check", "mine")
    (tmp_path / "a.txt").write_text(
        "Chess in the park\n\nThey play chess in the park until the lamps go out."
    )
    explained = run("labels", "explain", "a.txt", "--taxonomy", "mine")

    assert (checked.code, checked.lines) == (0, ["chess: good; phrases 1, examples 0"])
    assert explained.lines[0].startswith("chess  ")


def test_a_label_file_is_never_overwritten(run, own):
    outcome = run("labels", "new", "chess", "--taxonomy", own)

    assert outcome.code == 1
    assert "exists already" in outcome.err
    assert (own / "chess.toml").read_text() == CHESS


@pytest.mark.parametrize("name", ["Chess", "chess club", "../chess", ""])
def test_a_name_that_makes_no_topic_is_refused(run, name):
    outcome = run("labels", "new", name, "--taxonomy", "mine")

    assert outcome.code == 1
    assert "a-z, 0-9" in outcome.err


def test_check_names_file_key_and_reason(run, own):
    (own / "chess.toml").write_text(CHESS.replace("1.0", "-1.0"))

    outcome = run("labels", "check", own)

    assert (outcome.code, outcome.out) == (1, "")
    assert len(outcome.problems) == 1
    assert "chess.toml: phrases.gambit must be a weight above 0 and at most 10, not -1.0" in outcome.err


def test_test_measures_a_label_and_shows_its_mistakes(run, own):
    outcome = run("labels", "test", "chess", "games.jsonl", "--taxonomy", own)

    assert outcome.lines[0].startswith("chess: 8 articles, 4 of them positive")
    assert "recall 1.000" in outcome.lines[0]
    assert "does not have it" in outcome.lines[1]
    assert "carved of ivory" in outcome.lines[1]
    assert "chess +" in outcome.lines[2]


def test_calibrate_puts_its_result_into_the_users_file_and_leaves_the_rest(run, own):
    outcome = run("labels", "calibrate", "chess", "games.jsonl", "--taxonomy", own, "--write")

    content = (own / "chess.toml").read_text()
    fields = tomllib.loads(content)
    assert outcome.code == 0
    assert tomllib.loads(outcome.out) == {key: fields[key] for key in ("threshold", "calibration")}
    assert fields["calibration"]["long"] == {"slope": 4.0, "intercept": -9.0}
    assert fields["calibration"]["short"]["slope"] > 0
    assert "# played, not carved" in content
    assert run("labels", "check", own).code == 0


def test_too_few_articles_do_not_calibrate(run, own, tmp_path):
    (tmp_path / "few.jsonl").write_text(json.dumps({"text": "Chess.", "labels": ["chess"]}))

    outcome = run("labels", "calibrate", "chess", "few.jsonl", "--taxonomy", own)

    assert outcome.code == 1
    assert "few.jsonl: too few articles; give at least 4 with chess and 4 without it" in outcome.err


def test_ls_tells_which_labels_the_model_decides_and_with_which_threshold(run, own, learned):
    outcome = run("labels", "ls", "--taxonomy", own)

    rows = {line.split()[0]: line.split() for line in outcome.lines}
    assert rows["climate"][-2:] == ["0.37", "model"]
    assert rows["chess"][-2:] == ["0.5", "file"]


def test_a_learned_label_is_measured_with_the_threshold_of_the_model(run, own, learned):
    outcome = run("labels", "test", "climate", "games.jsonl", "--taxonomy", own)

    assert outcome.lines[0].startswith("climate: 8 articles, 0 of them positive, threshold 0.37: ")


def test_ones_own_label_is_measured_as_without_a_model(run, own, model, monkeypatch):
    without = run("labels", "test", "chess", "games.jsonl", "--taxonomy", own)

    monkeypatch.setattr(compact, "MODEL", model)

    assert run("labels", "test", "chess", "games.jsonl", "--taxonomy", own).out == without.out


def test_a_learned_label_is_not_calibrated_and_the_way_to_ones_own_is_told(run, own, learned):
    outcome = run("labels", "calibrate", "climate", "games.jsonl", "--taxonomy", own, "--write")

    assert (outcome.code, outcome.out) == (1, "")
    assert len(outcome.problems) == 1
    assert "climate is a shipped label, whose calibration is in the model" in outcome.err
    assert "`replaces = true`" in outcome.err


def test_a_label_that_replaces_a_learned_one_is_calibrated_as_any_of_ones_own(run, own, learned):
    games = own.parent / "games.jsonl"
    (own / "climate.toml").write_text(CHESS.replace('"chess"\n', '"climate"\nreplaces = true\n', 1))
    games.write_text(games.read_text().replace('["chess"]', '["climate"]'))

    outcome = run("labels", "calibrate", "climate", games, "--taxonomy", own, "--write")

    assert outcome.code == 0
    assert tomllib.loads((own / "climate.toml").read_text())["calibration"]["short"]["slope"] > 0


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_a_damaged_model_is_told_in_one_line(run, tmp_path, monkeypatch, content):
    path = tmp_path / "compact.npz"
    path.write_bytes(content)
    monkeypatch.setattr(compact, "MODEL", path)

    outcome = run("labels", "ls")

    assert (outcome.code, outcome.out) == (1, "")
    assert len(outcome.problems) == 1
    assert f"{path} cannot be used (" in outcome.err


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "games.jsonl:1: is not valid JSON"),
        ('{"labels": []}', "games.jsonl:1: needs a field `text`, which is text"),
        ('{"text": "a", "labels": "chess"}', "games.jsonl:1: labels must be a list of labels"),
        ('{"text": "a"}', "games.jsonl:1: labels must be a list of labels"),
        ("", "games.jsonl: holds no article"),
    ],
)
def test_a_bad_line_of_labelled_articles_is_named(run, own, tmp_path, line, reason):
    (tmp_path / "games.jsonl").write_text(line)

    outcome = run("labels", "test", "chess", "games.jsonl", "--taxonomy", own)

    assert outcome.code == 1
    assert reason in outcome.err


def test_an_unknown_label_is_answered_with_the_known_ones(run, tmp_path):
    outcome = run("labels", "test", "weather", "games.jsonl")

    assert outcome.code == 1
    assert "no label is called 'weather'; the labels are climate, conflict" in outcome.err
