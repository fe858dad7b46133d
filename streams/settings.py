"""Settings: `WIREROOM_*` variables or a `.env` file; nothing else reads the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.topics import Topics


class Settings(BaseSettings):
    """Everything that can be set, with defaults that fit docker-compose.yml."""

    model_config = SettingsConfigDict(
        env_prefix="WIREROOM_", env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    broker: str = Field("localhost:9092", description="Bootstrap servers, parted by commas.")
    topic_prefix: str = Field("news", description="What every topic name starts with.")
    group: str = Field(
        "wireroom", description="Consumer group of the workers and prefix of their transactional ids."
    )
    instance: str | None = Field(
        None, description="Static member id of a worker; without it a worker joins as a new member each time."
    )
    tagger: str = Field("compact", description="Entity tagger: compact, accurate or spacy:NAME.")
    gazetteer: Path | None = Field(None, description="Your own names: a TOML or CSV file.")
    taxonomy: Path | None = Field(None, description="Folder of your own label files.")
    partitions: int = Field(4, ge=1, description="Partitions of every stage topic when created.")
    replication: int = Field(1, ge=1, description="Replication factor of topics when created.")
    retention_days: float = Field(7, gt=0, description="How long topics keep records.")
    batch_size: int = Field(500, ge=1, description="Most articles in one transaction.")
    max_article_bytes: int = Field(8_000_000, ge=1000, description="Largest event, in bytes.")
    stage_seconds: float = Field(60, gt=0, description="What a stage may take for one article, in seconds.")
    stage_memory_mb: int = Field(4096, ge=512, description="Memory that the stages of a worker may take.")
    replay_limit: int = Field(3, ge=0, description="How often one dead letter may be replayed.")
    data: Path = Field(
        Path("~/.cache/wireroom"), description="Folder of the embedded broker: its downloads and its data."
    )

    @property
    def max_event_bytes(self) -> int:
        """Largest event behind news.raw: a cleaned article carries spans, entities and evidence."""
        return 3 * self.max_article_bytes

    @property
    def topics(self) -> Topics:
        """Topic names under the prefix."""
        return Topics(self.topic_prefix)
