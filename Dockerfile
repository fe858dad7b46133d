# The worker and every other command that talks to a broker, without the embedded broker and its Java runtime.
#
#   docker build -t wireroom .
#   docker run -e WIREROOM_BROKER=kafka:19092 wireroom worker --stage entities
#   docker build -t wireroom --build-arg EXTRAS=accurate .       # for WIREROOM_TAGGER=accurate, WIREROOM_LABELLER=accurate and WIREROOM_STORY_VECTORS=accurate

FROM python:3.13-slim AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv --without-pip /opt/wireroom
COPY pyproject.toml ./
ARG EXTRAS=
RUN python -c 'import sys, tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
    print(*project["dependencies"], *sum(map(project["optional-dependencies"].get, sys.argv[1:]), []), sep="\n")' \
    ${EXTRAS} > requirements.txt \
 && pip --python /opt/wireroom install -r requirements.txt

FROM dependencies AS code
COPY LICENSE README.md ./
COPY producers producers
COPY seeds seeds
COPY streams streams
RUN pip --python /opt/wireroom install --no-deps --prefix /code .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="wireroom" \
      org.opencontainers.image.description="Event-driven news enrichment on Kafka" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --create-home wireroom
# Two layers: the large one changes with pyproject.toml alone.
COPY --from=dependencies /opt/wireroom /opt/wireroom
COPY --from=code /code /opt/wireroom
# A worker answers /metrics, /livez and /readyz on this port; an empty WIREROOM_HTTP closes it.
ENV PATH=/opt/wireroom/bin:$PATH PYTHONUNBUFFERED=1 WIREROOM_HTTP=0.0.0.0:9464
EXPOSE 9464
# A number lets an orchestrator verify that the user is not root.
USER 10001:10001
WORKDIR /home/wireroom
# Asks the worker's port, and reads its heartbeat file if the port does not answer: a stuck worker is unhealthy.
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=3 CMD ["wireroom", "health"]
# In exec form the worker is process 1 and gets SIGTERM itself, so that it can finish its batch.
ENTRYPOINT ["wireroom"]
CMD ["worker"]
