"""PromQL against the metrics of a worker: which metrics, labels and values of a query do not exist.

Prometheus accepts a name that nobody exports, and an alert on it never fires. So the names are compared with
the definitions of the metrics, in the tree that a parser of PromQL makes of the query.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import promql_parser as promql

from streams.stories.index import COUNTS
from streams.topics import PIPELINE
from streams.worker.metrics import definitions as define
from streams.worker.metrics.definitions import METRICS

TARGET_LABELS = frozenset({"job", "instance", "namespace", "service", "pod"})
"""The labels that Prometheus gives to every series of a target, in Compose and in Kubernetes."""

VALUES = {
    "event": COUNTS,
    "stage": PIPELINE,
    "check": (define.LOOP, define.MODELS, define.PARTITIONS, define.BROKER, define.BATCHES),
}
"""The values of labels that have the same ones in every metric."""

PROMETHEUS_METRICS = {
    "up": TARGET_LABELS,
    "ALERTS": TARGET_LABELS | {"alertname", "alertstate", "severity"},
}

REGEX_OPERATORS = (promql.MatchOp.Re, promql.MatchOp.NotRe)


def problems(query: str, recorded: Mapping[str, frozenset[str]] = {}) -> list[str]:
    """Return the metrics, labels and values of `query` that do not exist.

    `recorded` has the labels of each metric that a recording rule makes.
    """
    known = {**worker_metrics(), **PROMETHEUS_METRICS, **recorded}
    found: list[str] = []

    def visit(node: Any) -> None:
        selector = node.vector_selector if isinstance(node, promql.MatrixSelector) else node
        if isinstance(selector, promql.VectorSelector):
            found.extend(_problems_of_selector(selector, known))
        elif isinstance(node, promql.AggregateExpr) and node.modifier is not None:
            missing = set(node.modifier.labels) - output_labels(node.expr, known)
            found.extend(f"{node.prettify()}: there is no label {label} to group by" for label in missing)

    promql.walk(promql.parse(query), visit)
    return sorted(set(found))


def worker_metrics() -> dict[str, frozenset[str]]:
    """Return the labels of each sample of a worker, with those of its target."""
    return {
        sample: TARGET_LABELS | {*metric.labels, *(["le"] if sample.endswith("_bucket") else [])}
        for metric in METRICS
        for sample in metric.samples
    }


def labels_of(query: str, recorded: Mapping[str, frozenset[str]] = {}) -> frozenset[str]:
    """Return the labels that the results of `query` have."""
    known = {**worker_metrics(), **PROMETHEUS_METRICS, **recorded}
    return output_labels(promql.parse(query), known)


def output_labels(node: Any, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the labels that the results of `node` have."""
    match node:
        case promql.VectorSelector():
            return known.get(node.name or "", frozenset())
        case promql.MatrixSelector():
            return output_labels(node.vector_selector, known)
        case promql.AggregateExpr():
            return frozenset(node.modifier.labels) if node.modifier is not None else frozenset()
        case promql.Call():
            return _labels_of_call(node, known)
        case promql.BinaryExpr() if str(node.op) in ("and", "unless"):
            return output_labels(node.lhs, known)
        case promql.BinaryExpr():
            return output_labels(node.lhs, known) | output_labels(node.rhs, known)
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return output_labels(node.expr, known)
        case _:
            return frozenset()


def _labels_of_call(call: Any, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    labels = frozenset[str]().union(*(output_labels(argument, known) for argument in call.args))
    if call.func.name == "histogram_quantile":
        return labels - {"le"}
    return frozenset() if call.func.name == "absent" else labels


def _problems_of_selector(selector: Any, known: Mapping[str, frozenset[str]]) -> list[str]:
    name = selector.name or ""
    if name not in known:
        return [f"there is no metric {name}"]
    found = []
    for matcher in selector.matchers.matchers:
        if matcher.name not in known[name]:
            found.append(f"{name} has no label {matcher.name}")
            continue
        allowed = _values(name, matcher.name)
        wanted = matcher.value.split("|") if matcher.op in REGEX_OPERATORS else [matcher.value]
        found += [
            f"{matcher.name} of {name} is never {value!r}"
            for value in wanted
            if allowed and value not in (*allowed, ".+")
        ]
    return found


def _values(sample: str, label: str) -> tuple[str, ...]:
    """Return the values that `label` of `sample` may have; none if they are not known beforehand."""
    for metric in METRICS:
        if sample in metric.samples and label in metric.values:
            return (*metric.values[label], define.OTHER) if label == "reason" else metric.values[label]
    return VALUES.get(label, ())
