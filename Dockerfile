# The product as docker-compose.yml starts it. Settings come from the environment: docs/configuration.md.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data HOST=0.0.0.0 PORT=8000

# One fixed number, so that the owner of the volume stays the same from image to image.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin migrator \
    && install -d -o migrator -g migrator -m 0700 /data

WORKDIR /srv/migrator
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --no-binary dkimpy --require-hashes -r requirements.lock

COPY manage.py ./
COPY migrator ./migrator
COPY engine ./engine
COPY apps ./apps
COPY templates ./templates
COPY static ./static

USER migrator
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]

# No access log: addresses of personal links would stand in it.
CMD ["gunicorn", "migrator.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", \
     "--threads", "8", "--timeout", "60", "--graceful-timeout", "10", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
