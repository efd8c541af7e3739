"""How Superset is set up, beyond its defaults. `bi/start.py` says where things are."""

import os
from pathlib import Path

from flask import abort, redirect, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

HOME = Path(os.environ["SUPERSET_HOME"])

SECRET_KEY = (HOME / "secret_key").read_text()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME / 'superset.db'}"

APP_NAME = "Customer insights"
# A dashboard that is printed has all its charts, and not only those that were looked at.
FEATURE_FLAGS = {"DASHBOARD_VIRTUALIZATION": False}

# What the next build publishes is shown by the next query.
CACHE_CONFIG = DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}

# Pages load nothing from elsewhere, and send nothing there. Superset's own styles are inline.
THEME_FONT_URL_ALLOWED_DOMAINS = []
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "default-src": "'self'",
        "base-uri": "'self'",
        "connect-src": "'self'",
        "font-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "img-src": ["'self'", "blob:", "data:"],
        "object-src": "'none'",
        "script-src": ["'self'", "'strict-dynamic'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "worker-src": ["'self'", "blob:"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    # It is loopback, and nobody has a certificate for that.
    "force_https": False,
    "session_cookie_secure": False,
    "session_cookie_samesite": "Strict",
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
# Superset's own list spares the queries of charts.
WTF_CSRF_EXEMPT_LIST = []

AUTH_USER_REGISTRATION = False
AUTH_ROLE_PUBLIC = "Public"
PUBLIC_ROLE_LIKE = None

# Nobody needs more than the dashboards, and nothing can be written.
UPLOAD_EXTENSIONS = ALLOWED_EXTENSIONS = set()
SQLLAB_CTAS_NO_LIMIT = False


def DB_CONNECTION_MUTATOR(url, parameters, *_):  # noqa: N802
    """The DuckDB file, read and nothing else. PostgreSQL's driver takes everything from PGHOST and its siblings by itself."""
    if url.get_backend_name() == "duckdb":
        url = url.set(database=os.environ["PUBLISHED_PATH"])
        settings = {"enable_external_access": False, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
        parameters["connect_args"] = {"read_only": True, "config": {**settings, "lock_configuration": True}}
    return url, parameters


def FLASK_APP_MUTATOR(app):  # noqa: N802
    """Passwords cannot be tried out, and the home page is the first dashboard."""
    logins = FixedWindowRateLimiter(MemoryStorage())

    # Superset's own AUTH_RATE_LIMIT let every attempt through, and would not look at the API.
    @app.before_request
    def limit_logins():
        is_login = request.method == "POST" and request.path.rstrip("/") in ("/login", "/api/v1/security/login")
        if is_login and not logins.hit(RateLimitItemPerMinute(10), "login"):
            abort(429)

    @app.before_request
    def go_to_the_dashboards():
        return redirect("/superset/dashboard/campaigns/") if request.path in ("/", "/superset/welcome/") else None
