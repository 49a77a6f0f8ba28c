"""The door for web servers."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "preo.settings")
application = get_wsgi_application()

from preo.sessions import name_sessions  # noqa: E402  the settings come first

name_sessions("preo web server")
