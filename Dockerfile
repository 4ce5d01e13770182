# syntax=docker/dockerfile:1
# One image for every process: what it does is said by its command (see docker-compose.yml).
FROM python:3.13-slim AS packages
RUN pip install --no-cache-dir 'uv>=0.9,<1'
COPY requirements/serve.txt /tmp/serve.txt
RUN uv venv /opt/venv && uv pip sync --no-cache --require-hashes --python /opt/venv/bin/python /tmp/serve.txt

FROM python:3.13-slim
ENV PATH="/opt/venv/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CRM_VAR=/var/lib/catchment
RUN useradd --system --uid 10001 --home-dir /var/lib/catchment --create-home catchment \
    && install -d -o catchment -g catchment /var/lib/catchment/files
COPY --from=packages /opt/venv /opt/venv
WORKDIR /opt/catchment
COPY . .
# The files of the pages get their final names here; a running container only reads them.
RUN CRM_VAR=/tmp/build \
    CRM_DATABASE_URL=postgresql://nobody@localhost/none CRM_REDIS_URL=redis://localhost:6379 \
    python -m crm_site.run manage collectstatic --noinput --verbosity 0 \
    && rm -rf /tmp/build
USER catchment
EXPOSE 8000
ENTRYPOINT ["python", "-m", "crm_site.run"]
CMD ["serve", "web", "--bind", "0.0.0.0"]
