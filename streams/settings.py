"""Settings: `WIREROOM_*` variables or a `.env` file; nothing else reads the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.errors import WireroomError
from streams.topics import Topics


def _capitals(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


Protocol = Annotated[Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], BeforeValidator(_capitals)]
Mechanism = Annotated[Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], BeforeValidator(_capitals)]


class Settings(BaseSettings):
    """Everything that can be set, with defaults that fit docker-compose.yml."""

    model_config = SettingsConfigDict(
        env_prefix="WIREROOM_",
        env_file=".env",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,  # it holds the password
    )

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except UnicodeDecodeError as error:
            raise WireroomError(f".env: is not UTF-8 at byte {error.start}; write it anew") from error

    broker: str = Field("localhost:9092", description="Bootstrap servers, parted by commas.")
    security_protocol: Protocol = Field(
        "PLAINTEXT", description="How to connect: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."
    )
    sasl_mechanism: Mechanism = Field("PLAIN", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.")
    sasl_username: str | None = Field(None, description="User name for SASL.")
    sasl_password: SecretStr | None = Field(None, description="Password for SASL.")
    ssl_cafile: Path | None = Field(
        None, description="Authorities to trust, PEM; without it those of the system."
    )
    ssl_certfile: Path | None = Field(None, description="Certificate of this client, PEM.")
    ssl_keyfile: Path | None = Field(
        None, description="Its key, PEM, not encrypted; without it the certificate's file has it."
    )
    ssl_check_hostname: bool = Field(
        True, description="Whether the broker's certificate must be for the name that it is reached by."
    )
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

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        """Refuse what could only connect otherwise than it was meant."""
        protocol = f"WIREROOM_SECURITY_PROTOCOL={self.security_protocol}"
        missing = [
            f"WIREROOM_{name.upper()}"
            for name in ("sasl_username", "sasl_password")
            if self.uses_sasl and getattr(self, name) is None
        ]
        if missing:
            raise ValueError(f"{protocol} needs {' and '.join(missing)}")
        if self.ssl_keyfile is not None and self.ssl_certfile is None:
            raise ValueError("WIREROOM_SSL_KEYFILE needs WIREROOM_SSL_CERTFILE")
        idle = [name for name in sorted(self.model_fields_set) if name.startswith(("sasl_", "ssl_"))]
        if idle and "security_protocol" not in self.model_fields_set:
            raise ValueError(
                f"WIREROOM_{idle[0].upper()} needs WIREROOM_SECURITY_PROTOCOL, "
                "which is SSL, SASL_PLAINTEXT or SASL_SSL"
            )
        return self

    @property
    def uses_tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.security_protocol in ("SSL", "SASL_SSL")

    @property
    def uses_sasl(self) -> bool:
        """Whether clients say who they are by name and password."""
        return self.security_protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    @property
    def max_event_bytes(self) -> int:
        """Largest event behind news.raw: a cleaned article carries spans, entities and evidence."""
        return 3 * self.max_article_bytes

    @property
    def topics(self) -> Topics:
        """Topic names under the prefix."""
        return Topics(self.topic_prefix)
