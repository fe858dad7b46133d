"""The settings: `WIREROOM_*` variables or a `.env` file; no other module reads the environment.

A command reads them once, at the edge, and passes them on as values.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.errors import WireroomError
from streams.host_port import Address, parse_address
from streams.logs import LogFormat
from streams.topics import Topics


def _explain(record: logging.LogRecord) -> bool:
    """Reword the warning of python-dotenv, whose argument is the number of the line."""
    record.msg = ".env line %s is not NAME=VALUE; the line is ignored"
    return True


logging.getLogger("dotenv.main").addFilter(_explain)


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _address(value: str | None) -> str | None:
    return str(parse_address(value)) if value else None


def _listen(value: str) -> str:
    return str(parse_address(value))


def _topic_prefix(value: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9._-]{1,150}", value):
        raise ValueError("use 1 to 150 letters, digits, dots, hyphens and underscores")
    return value


SecurityProtocol = Annotated[
    Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], BeforeValidator(_upper)
]
Mechanism = Annotated[Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], BeforeValidator(_upper)]


class Settings(BaseSettings):
    """Everything that can be set, with defaults that fit docker-compose.yml."""

    model_config = SettingsConfigDict(
        env_prefix="WIREROOM_",
        env_file=".env",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,  # the input contains the password
    )

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except UnicodeDecodeError as error:
            raise WireroomError(f".env is not UTF-8 at byte {error.start}; save it as UTF-8") from error
        except OSError as error:
            raise WireroomError(f".env cannot be read: {error.strerror}; make it readable") from error

    broker: str = Field("localhost:9092", description="Kafka bootstrap servers, separated by commas.")
    security_protocol: SecurityProtocol = Field(
        "PLAINTEXT", description="How to connect to Kafka: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."
    )
    sasl_mechanism: Mechanism = Field(
        "PLAIN", description="How to log in with SASL: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."
    )
    sasl_username: str | None = Field(None, description="User name for SASL.")
    sasl_password: SecretStr | None = Field(None, description="Password for SASL.")
    ssl_cafile: Path | None = Field(
        None, description="PEM file of trusted certificate authorities; default: the system's."
    )
    ssl_certfile: Path | None = Field(None, description="PEM file of the client certificate.")
    ssl_keyfile: Path | None = Field(
        None,
        description="PEM file of the certificate's key, not encrypted; default: the certificate's file.",
    )
    ssl_check_hostname: bool = Field(
        True, description="Check that the broker's certificate is for the host name we connect to."
    )
    topic_prefix: Annotated[str, AfterValidator(_topic_prefix)] = Field(
        "news", description="Prefix of every topic name: letters, digits, dots, hyphens and underscores."
    )
    group: str = Field(
        "wireroom", description="Consumer group of the workers and prefix of their transactional ids."
    )
    instance: str | None = Field(
        None,
        description="Static member id of a worker; without it, a worker joins as a new member each time.",
    )
    tagger: str = Field("compact", description="Entity tagger: compact, accurate, rules or spacy:NAME.")
    labeller: str = Field("compact", description="Topic labeller: compact or accurate.")
    story_vectors: str = Field(
        "compact", description="Vectors that the stories compare articles by: compact or accurate."
    )
    gazetteer: Path | None = Field(None, description="TOML or CSV file of your own names.")
    taxonomy: Path | None = Field(None, description="Folder of your own label files.")
    partitions: int = Field(4, ge=1, description="Partitions of each new stage topic.")
    replication: int = Field(1, ge=1, description="Replication factor of each new topic.")
    retention_days: float = Field(
        7, gt=0, le=1_000_000, allow_inf_nan=False, description="Days that topics keep records."
    )
    story_days: float = Field(
        3, gt=0, le=365, allow_inf_nan=False, description="Days in which articles can belong to one story."
    )
    story_partitions: int = Field(
        1,
        ge=1,
        description="Partitions of news.fingerprints and news.stories; articles of two never share a story.",
    )
    batch_size: int = Field(500, ge=1, description="Maximum number of articles in one transaction.")
    one_pass: bool = Field(
        True,
        description="Commit the results of stages that follow each other in one transaction.",
    )
    max_article_bytes: int = Field(8_000_000, ge=1000, description="Maximum size of an article, in bytes.")
    stage_seconds: float = Field(
        60,
        gt=0,
        allow_inf_nan=False,
        description="Maximum time that a stage spends on one article, in seconds.",
    )
    stage_memory_mb: int = Field(
        4096, ge=512, description="Maximum memory of a worker's stage process, in MB."
    )
    replay_limit: int = Field(3, ge=0, description="Maximum number of replays of one dead letter.")
    data: Path = Field(
        Path("~/.cache/wireroom"), description="Folder for the embedded broker's downloads and records."
    )
    http: Annotated[str | None, AfterValidator(_address)] = Field(
        None, description="Where a worker has its metrics and probes, as HOST:PORT; without it, nowhere."
    )
    web_listen: Annotated[str, AfterValidator(_listen)] = Field(
        "127.0.0.1:8000", description="Where `wireroom web` listens, as HOST:PORT."
    )
    web_articles: int = Field(
        10_000, ge=100, le=1_000_000, description="Articles that `wireroom web` keeps in memory, 4 kB each."
    )
    web_token: SecretStr | None = Field(
        None,
        description="Token of the page where it does not listen on the loopback address: 8 or more "
        "characters, or off; default: a new one for each start.",
    )
    web_hosts: str | None = Field(
        None, description="Further host names under which browsers reach the page, separated by commas."
    )
    web_replay: bool = Field(False, description="Whether the page may replay dead letters.")
    log_format: Annotated[LogFormat, BeforeValidator(_lower)] = Field(
        "text", description="Format of a worker's log lines: text, or logfmt or json for machines."
    )
    log_articles: bool = Field(
        False, description="Write a log line for each article that is done, and not only for dead letters."
    )

    @model_validator(mode="after")
    def _check_security(self) -> Self:
        """Reject settings that would silently connect with the wrong security."""
        protocol = f"WIREROOM_SECURITY_PROTOCOL={self.security_protocol}"
        missing = [
            f"WIREROOM_{name.upper()}"
            for name in ("sasl_username", "sasl_password")
            if self.security_protocol.startswith("SASL_") and getattr(self, name) is None
        ]
        if missing:
            raise ValueError(f"{protocol} needs {' and '.join(missing)}")
        if self.ssl_keyfile is not None and self.ssl_certfile is None:
            raise ValueError("WIREROOM_SSL_KEYFILE needs WIREROOM_SSL_CERTFILE")
        unused = [name for name in sorted(self.model_fields_set) if name.startswith(("sasl_", "ssl_"))]
        if unused and "security_protocol" not in self.model_fields_set:
            raise ValueError(
                f"WIREROOM_{unused[0].upper()} has no effect without WIREROOM_SECURITY_PROTOCOL; "
                "set it to SSL, SASL_PLAINTEXT or SASL_SSL"
            )
        return self

    @property
    def http_address(self) -> Address | None:
        """Where a worker listens for HTTP requests, if anywhere."""
        return parse_address(self.http) if self.http else None

    @property
    def max_event_bytes(self) -> int:
        """The maximum size of an event behind news.raw, which carries spans, entities and evidence."""
        return 3 * self.max_article_bytes

    @property
    def topics(self) -> Topics:
        """The topic names under the prefix."""
        return Topics(self.topic_prefix)
