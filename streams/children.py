"""Load what the child processes of a worker need: the stages with their models, and the states.

Nothing here imports Faust: it would take each child half a second, and memory.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from streams.enrich import Enricher, build_enricher
from streams.events import Component
from streams.logs import configure_logging
from streams.settings import Settings
from streams.stage import Stage
from streams.stateful import States
from streams.story_stage import stateful_story_stage
from streams.topology import stages
from streams.worker.stage_child import LoadedStages

if TYPE_CHECKING:
    from streams.stories.encoder import StoryEncoder


def load_stages(
    settings: Settings, wanted: Collection[str], log_level: str | None = None
) -> dict[str, Stage]:
    """Return the `wanted` stages with their models, by name; called in the stage process.

    With a `log_level`, configure the logging of the stage process as that of the worker.
    """
    if log_level is not None:
        configure_logging(log_level, settings.log_format)
    enricher = build_enricher(
        tagger=settings.tagger,
        labeller=settings.labeller,
        gazetteer=settings.gazetteer,
        taxonomy=settings.taxonomy,
        stages=wanted,
    )
    encoder = _story_encoder(settings.story_vectors) if "labels" in wanted else None
    loaded = stages(enricher, settings.topics, settings.max_event_bytes, encoder)
    return LoadedStages(loaded, model_versions(enricher))


def _story_encoder(vectors: str) -> StoryEncoder | None:
    from streams.stories.encoder import load_encoder  # numpy, which the worker's own process does not need

    return load_encoder(vectors)


def load_states(settings: Settings, log_level: str | None = None) -> States:
    """Return the states of the stages that have one, without any state yet; called in the state process."""
    from streams.kafka.connection import Connection  # the stage process does not need their libraries
    from streams.kafka.history import KafkaHistory

    if log_level is not None:
        configure_logging(log_level, settings.log_format)
    stage = stateful_story_stage(settings.topics, settings.max_event_bytes, settings.story_days)
    return States({stage.stage.name: stage}, KafkaHistory(Connection.from_settings(settings)))


def model_versions(enricher: Enricher) -> dict[str, str]:
    """Return the versions of the models that `enricher` has loaded, by what they are for."""
    versions: dict[str, str] = {}
    if enricher.tagger is not None:
        versions["tagger"] = _described(enricher.tagger.provenance)
    if enricher.labeller is not None:
        versions["labeller"] = _described(enricher.labeller.provenance)
        versions["taxonomy"] = enricher.labeller.taxonomy_hash
    return versions


def _described(component: Component) -> str:
    return " ".join(filter(None, (component.name, component.version, component.model)))
