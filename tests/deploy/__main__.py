"""Rewrite the generated files of deploy/: `python -m tests.deploy`."""

from __future__ import annotations

from tests.deploy.strimzi import TOPICS, topics_yaml

if __name__ == "__main__":
    TOPICS.write_text(topics_yaml(), encoding="utf-8")
