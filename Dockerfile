# The service alone; its Neo4j is somebody else's (docker-compose.yml). Not Alpine: the local Java runtime needs glibc.
FROM python:3.11-slim AS build
WORKDIR /source
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt .
RUN pip install --require-hashes -r requirements.txt
COPY . .
RUN pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    GOLDEN_THREAD_DATA=/tmp/data GOLDEN_THREAD_CACHE=/tmp/cache
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
CMD ["golden-thread", "serve"]
