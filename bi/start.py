"""Sets Superset up in .superset, imports the dashboards and serves them on loopback. Run it by `make bi`."""

import argparse
import contextlib
import io
import logging
import os
import secrets
import socket
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = ROOT / "bi" / "dashboards"
HOST = "127.0.0.1"
DASHBOARDS = ("campaigns", "channels", "customers")
# superset_config.py adds the path of the DuckDB file. A password is only in the environment.
ADDRESSES = {"duckdb": "duckdb://", "postgres": "postgresql+psycopg2://"}


def check(target: str, port: int) -> None:
    """Exits with one line where the dashboards would have nothing to show, or nowhere to be shown."""
    if target == "duckdb":
        if not Path(os.environ["PUBLISHED_PATH"]).exists():
            sys.exit("Nothing has been published yet. Run make build first.")
    else:
        import psycopg2

        try:
            with contextlib.closing(psycopg2.connect("")) as connection, connection.cursor() as cursor:
                cursor.execute("select from insights_published.latest_build limit 0")
        except psycopg2.Error as error:
            names = "PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD"
            sys.exit(f"{str(error).strip()}\nThe connection is taken from {names}. To publish run make build TARGET=postgres.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            sys.exit(f"Port {port} is in use, maybe by another make bi. Choose one: make bi PORT={port + 1}")


def prepare(home: Path) -> None:
    """A folder that nobody else can read, with a key to sign sessions by."""
    os.umask(0o077)
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    key = home / "secret_key"
    if not key.exists():
        key.write_text(secrets.token_urlsafe(48))


def set_up(home: Path) -> str | None:
    """Make Superset's own tables, roles and user. Give the user's password if the user is new."""
    from flask_migrate import upgrade
    from superset import appbuilder, security_manager

    version = (ROOT / "requirements-bi.txt").read_text()
    done = home / "set_up_with"
    if not done.exists() or done.read_text() != version:
        print("Setting Superset up in .superset (about a minute) ...", flush=True)
        with contextlib.redirect_stdout(io.StringIO()):
            upgrade()
        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
        done.write_text(version)
    if security_manager.find_user("admin"):
        return None
    password = secrets.token_urlsafe(15)
    security_manager.add_user("admin", "admin", "admin", "admin@localhost", security_manager.find_role("Admin"), password=password)
    return password


def read_bundle(target: str) -> dict[str, str]:
    """The files of the bundle as Superset imports them, with the target's address."""
    import yaml

    contents = {}
    for path in sorted(BUNDLE.rglob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        if "sqlalchemy_uri" in document:
            document["sqlalchemy_uri"] = ADDRESSES[target]
        contents[path.relative_to(BUNDLE).as_posix()] = yaml.safe_dump(document)
    return contents


def import_bundle(contents: dict[str, str]) -> None:
    """Overwrites what was imported before. Columns and their descriptions are those of the warehouse, where dbt wrote them."""
    from superset import db, security_manager
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.connectors.sqla.models import SqlaTable
    from superset.utils.core import override_user

    with override_user(security_manager.find_user("admin")):
        ImportAssetsCommand(contents).run()
        names = [Path(path).stem for path in contents if path.startswith("datasets/")]
        for dataset in db.session.query(SqlaTable).filter(SqlaTable.table_name.in_(names)):
            dataset.fetch_metadata()
            if not dataset.sql:
                with dataset.database.get_inspector() as inspector:
                    dataset.description = inspector.get_table_comment(dataset.table_name, dataset.schema)["text"]
            for column in dataset.columns:
                column.verbose_name = column.verbose_name or column.column_name.replace("_", " ").capitalize()
        db.session.commit()


def serve(app, port: int, message: str) -> None:
    """Serve until Ctrl-C, with one process, so that it counts all logins."""
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):
        def load_config(self):
            settings = {"bind": f"{HOST}:{port}", "threads": 8, "timeout": 120, "loglevel": "warning", "control_socket_disable": True}
            for name, value in settings.items():
                self.cfg.set(name, value)
            self.cfg.set("when_ready", lambda _: print(message, flush=True))

        def load(self):
            return app

    Server().run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", choices=ADDRESSES, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    home = Path(os.environ.setdefault("SUPERSET_HOME", str(ROOT / ".superset" / options.target)))
    database = Path(os.environ.get("DUCKDB_PATH", ROOT / "customer_insights.duckdb"))
    os.environ["PUBLISHED_PATH"] = str(database.absolute().with_name("published.duckdb"))
    os.environ["SUPERSET_CONFIG_PATH"] = str(ROOT / "bi" / "superset_config.py")
    check(options.target, options.port)
    prepare(home)

    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with contextlib.redirect_stdout(io.StringIO()):
        from superset.app import create_app
        from superset.extensions import db

        app = create_app()
    with app.app_context():
        password = set_up(home)
        import_bundle(read_bundle(options.target))
        db.engine.dispose()
    address = f"http://{HOST}:{options.port}"
    lines = [f"  {address}/superset/dashboard/{name}/" for name in DASHBOARDS]
    if password:
        lines.append(f"Log in as admin with the password {password}\nIt is shown only now. To get another one: rm -rf .superset, and make bi once more.")
    lines.append("Ctrl-C ends it.")
    serve(app, options.port, "\n".join(lines))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
