"""The WSGI application of the bureau."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingshan.bureau.settings")
application = get_wsgi_application()
