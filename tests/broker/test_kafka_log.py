"""The broker reads from Kafka's log which brokers were fenced, and quotes its last messages."""

from __future__ import annotations

from streams.broker.kafka_log import KafkaLog

FENCED = (
    "[controller] Fencing broker 2 at epoch 31 because its session has timed out.\n"
    "[controller] Replayed registration for broker 2: BrokerRegistrationChangeRecord(fenced=1)\n"
)


def test_a_broker_is_fenced_once_the_controller_has_decided_and_registered_it(tmp_path):
    log = KafkaLog(tmp_path / "kafka.log")
    decision, registration = FENCED.splitlines(keepends=True)

    log.path.write_text(decision)
    assert not log.says_fenced(2)
    log.path.write_text(decision + registration)
    assert log.says_fenced(2)
    assert not log.says_fenced(1)


def test_a_broker_that_an_earlier_run_fenced_does_not_count_as_fenced(tmp_path):
    log = KafkaLog(tmp_path / "kafka.log")
    log.path.write_text(FENCED)

    log.mark_start()

    assert not log.says_fenced(2)


def test_the_tail_has_the_last_messages_without_stack_traces(tmp_path):
    log = KafkaLog(tmp_path / "kafka.log")
    messages = [f"ERROR number {number}" for number in range(7)]
    log.path.write_text("\n".join(f"{message}\n\tat kafka.Kafka\n    at java.base\n" for message in messages))

    assert log.tail() == " | ".join(messages[2:])


def test_without_a_log_the_tail_says_so(tmp_path):
    assert KafkaLog(tmp_path / "kafka.log").tail() == "it wrote nothing"
