"""The names of the topics under one prefix, and how long each keeps its records."""

from __future__ import annotations

from streams.topics import DAY_MS, Topics


def test_every_topic_is_under_the_prefix():
    topics = Topics("desk")

    assert topics.stages() == ("desk.raw", "desk.clean", "desk.tagged", "desk.enriched")
    assert topics.flow() == (*topics.stages(), "desk.fingerprints", "desk.stories")
    assert (topics.dead, topics.replays) == ("desk.dead", "desk.dead.replays")
    assert topics.label("climate") == "desk.labels.climate"


def test_a_prefix_that_only_begins_alike_is_another():
    assert Topics("news").has("news.raw")
    assert not Topics("news").has("newsroom.raw")
    assert not Topics("news").has("news")


def test_results_keep_the_latest_version_of_each_article_and_stages_delete_by_age():
    specs = Topics().specs(["sport", "climate"], partitions=4, retention_days=0.5, max_message_bytes=1_000)

    policies = {spec.name: spec.config["cleanup.policy"] for spec in specs}
    assert list(policies) == [
        *("news.raw", "news.clean", "news.tagged", "news.enriched"),
        *("news.labels.climate", "news.labels.sport", "news.fingerprints", "news.stories"),
        *("news.dead", "news.dead.replays"),
    ]
    compacted = {"news.enriched", "news.labels.climate", "news.labels.sport", "news.stories"}
    assert {name for name, policy in policies.items() if policy == "compact,delete"} == compacted
    kept = {spec.name: spec.config.get("retention.ms") for spec in specs[:-1]}
    assert kept.pop("news.stories") == str(4 * DAY_MS)  # the state of the stage comes from there
    assert set(kept.values()) == {str(DAY_MS // 2)}


def test_each_stage_reads_a_topic_of_its_own():
    assert Topics().inputs() == {
        "news.raw": "cleanup",
        "news.clean": "entities",
        "news.tagged": "labels",
        "news.fingerprints": "stories",
    }


def test_stories_have_partitions_of_their_own():
    specs = Topics().specs(
        [], partitions=4, retention_days=7, max_message_bytes=1_000, story_partitions=2, story_days=3
    )

    counts = {spec.name: spec.partitions for spec in specs}
    assert (counts["news.fingerprints"], counts["news.stories"], counts["news.enriched"]) == (2, 2, 4)


def test_the_ledger_of_replays_is_one_partition_that_never_expires():
    *_, ledger = Topics().specs([], partitions=4, retention_days=1, max_message_bytes=1_000)

    assert (ledger.partitions, ledger.config) == (1, {"cleanup.policy": "compact"})
