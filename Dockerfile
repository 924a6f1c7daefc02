# One image for every process of the Procfile; compose.yaml shows how they fit together.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

COPY requirements.txt .
RUN pip install --root-user-action=ignore -r requirements.txt

COPY . .
# Names and compresses the static files; the key is for this one command and is not kept.
RUN SECRET_KEY=only-while-the-image-is-built BASE_URL=https://build.invalid python manage.py collectstatic --no-input \
    && useradd --system --home-dir /app multivio \
    && mkdir -p /data/media && chown -R multivio /data

USER multivio
ENV MEDIA_HOME=/data/media MULTIVIO_SANDBOX=0 DEBUG=0
VOLUME /data
EXPOSE 8000
CMD ["uvicorn", "multivio.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--no-access-log", "--no-proxy-headers"]
