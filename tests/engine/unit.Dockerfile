# Runs the unit tests on one version of Python: `make unit-container` sends the checkout to its standard input as a tar
# file, so the image changes with pyproject.toml alone.

ARG PYTHON_VERSION=3.14
FROM python:${PYTHON_VERSION}-slim
# fasttext-predict has no wheel for Python 3.14, so pip compiles it.
RUN command -v g++ || (apt-get update && apt-get install --yes --no-install-recommends g++)
RUN useradd --create-home tester && install --directory --owner tester /home/tester/wireroom
USER tester
WORKDIR /home/tester/wireroom
RUN python -m venv /home/tester/venv
ENV PATH=/home/tester/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY pyproject.toml ./
RUN python -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
    extras = project["optional-dependencies"]; \
    wanted = [*project["dependencies"], *extras["accurate"], *extras["broker"], *extras["otel"], *extras["dev"]]; \
    print(*(line for line in wanted if not line.startswith("wireroom")), sep="\n")' > /tmp/requirements.txt \
 && pip install --quiet -r /tmp/requirements.txt editables
ENTRYPOINT ["sh", "-c", "tar --extract && pip install --quiet --no-deps --no-build-isolation --editable . && exec python -m pytest \"$@\"", "-"]
