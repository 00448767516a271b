"""Settings, URLs, Celery and WSGI: sees everything, imported by nothing."""

from migrator.celery import app as celery_app

__all__ = ["celery_app"]
