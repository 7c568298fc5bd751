"""Django with its sessions in PostgreSQL, as one file. It is gunicorn's configuration, too:

    gunicorn --config django_app.py django_app:application
"""

import os
from urllib.parse import parse_qsl, unquote, urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.http import HttpResponse
from django.urls import path

# For gunicorn. Two workers keep two cores busy. The threads of a worker wait for the database in turn.
bind = f"127.0.0.1:{os.environ['PORT']}"
worker_class = "gthread"
workers = 2
threads = 4
loglevel = "error"

database = urlsplit(os.environ["DATABASE_URL"])

if not settings.configured:
    settings.configure(
        SECRET_KEY=os.environ["SECRET_KEY"],
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="django_app",
        INSTALLED_APPS=["django.contrib.sessions"],
        MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
        SESSION_ENGINE="django.contrib.sessions.backends.db",
        USE_TZ=True,
        LOGGING_CONFIG=None,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": database.hostname,
                "PORT": database.port,
                "NAME": unquote(database.path.lstrip("/")),
                "USER": unquote(database.username or ""),
                "PASSWORD": unquote(database.password or ""),
                # Each thread keeps its connection.
                "CONN_MAX_AGE": None,
                "OPTIONS": {
                    **dict(parse_qsl(database.query)),
                    # Prepared statements save the database a third of its time. They are off by default, because not
                    # every proxy between Django and PostgreSQL can forward them.
                    "server_side_binding": True,
                    "prepare_threshold": 2,
                },
            }
        },
    )


def getsession(request):
    name = request.session.get("name", "")
    lname = request.session.get("lname", "")
    return HttpResponse(f"<!DOCTYPE html><title>Get session</title><p>Name: {name}<p>Last name: {lname}\n")


def setsession(request):
    request.session["name"] = "Bipasha"
    request.session["lname"] = "Codedec"
    return HttpResponse("<!DOCTYPE html><title>Set session</title><p>The session is set.\n")


def delsession(request):
    request.session.pop("name", None)
    return HttpResponse("<!DOCTYPE html><title>Delete session</title><p>The name is deleted.\n")


urlpatterns = [path("get/", getsession), path("set/", setsession), path("del/", delsession)]


def on_starting(server):
    """gunicorn calls this once, before it starts the workers, and makes the table here."""
    django.setup()
    call_command("migrate", verbosity=0)
    connections.close_all()  # the workers must not inherit a connection


application = get_wsgi_application()
