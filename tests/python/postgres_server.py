"""A PostgreSQL server to test on: the one that PGHOST names, else one of our own, which is gone afterwards."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg2
import pytest

ROLES = ("loader", "transformer", "reporter")
DATABASE = "customer_insights_test"


def programs() -> Path:
    """The folder of initdb and pg_ctl, which Debian keeps off the path."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not folders:
        pytest.exit(
            "There is no PostgreSQL server on this machine. Debian, Ubuntu: apt install postgresql; macOS: brew install postgresql. "
            "Or name one by PGHOST, PGPORT, PGUSER (who may create databases and roles) and PGPASSWORD.",
            returncode=2,
        )
    return folders[-1]


class Server:
    """Databases for tests, and the three roles that can log in, with passwords of their own."""

    database = DATABASE  # the one that dbt sees

    def __enter__(self) -> "Server":
        self.passwords = {role: secrets.token_urlsafe() for role in (*ROLES, "admin")}
        self.maintenance = os.environ.get("PGDATABASE", "postgres")
        with contextlib.ExitStack() as stack:
            if "PGHOST" in os.environ:
                self.host, self.port = os.environ["PGHOST"], os.environ.get("PGPORT", "5432")
                self.admin, self.passwords["admin"] = os.environ["PGUSER"], os.environ["PGPASSWORD"]
                self.borrow(stack)
            else:
                self.host, self.port, self.admin = "127.0.0.1", str(free_port()), "admin"
                self.start(stack)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_) -> None:
        self.stack.close()

    def start(self, stack: contextlib.ExitStack) -> None:
        """Start a server on loopback, with a password and no socket. It refuses to run as root, so another user starts it."""
        folder_of_programs = programs()
        folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        stack.callback(shutil.rmtree, folder)
        user = "postgres" if os.geteuid() == 0 else None
        (folder / "password").write_text(self.passwords["admin"])
        if user:
            shutil.chown(folder, user)
            shutil.chown(folder / "password", user)

        def run(program: str, *arguments: str) -> None:
            done = subprocess.run(
                [folder_of_programs / program, "-D", folder / "data", *arguments], user=user, cwd=folder, stdout=subprocess.DEVNULL, check=False
            )
            assert done.returncode == 0, (folder / "log").read_text() if (folder / "log").exists() else program

        # Ordered as a language is, so that a test fails where order by code point was forgotten.
        locale = ("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
        run("initdb", "--username=admin", f"--pwfile={folder / 'password'}", "--auth=scram-sha-256", *locale)
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        stack.callback(run, "pg_ctl", "-m", "immediate", "stop")

    def borrow(self, stack: contextlib.ExitStack) -> None:
        """Refuses a server that holds what the tests would change, and leaves it as it was."""
        found = self.as_admin("select rolname from pg_roles where rolname in ('owner', 'loader', 'transformer', 'reporter', 'neighbours')")
        found += self.as_admin(f"select datname from pg_database where datname like '{DATABASE}%'")
        if found:
            names = ", ".join(name for (name,) in found)
            pytest.exit(f"The server that PGHOST names has {names} already, and the tests would change them.", returncode=2)
        open_databases = self.as_admin("select datname from pg_database where datallowconn and has_database_privilege('public', oid, 'connect')")

        def give_back() -> None:
            for (name,) in self.as_admin(f"select datname from pg_database where datname like '{DATABASE}%'"):
                self.as_admin(f'drop database "{name}" with (force)')
            for (name,) in open_databases:
                self.as_admin(f'grant connect, temporary on database "{name}" to public')
            for (name,) in self.as_admin("select datname from pg_database where datallowconn"):
                self.as_admin("drop owned by neighbours", name)
            for role in ("owner", "neighbours", *ROLES):
                self.as_admin(f"drop role {role}")

        stack.callback(give_back)

    def environment(self, role: str) -> dict[str, str]:
        """The variables with which dbt comes in as a role."""
        names = {"PGHOST": self.host, "PGPORT": self.port, "PGDATABASE": DATABASE}
        return names | {"PGUSER": role, "PGPASSWORD": self.passwords[role]}

    @contextlib.contextmanager
    def connect(self, role: str, database: str, autocommit: bool = False):
        """A connection as a role; committed where nothing was raised, and closed."""
        user = self.admin if role == "admin" else role
        connection = psycopg2.connect(host=self.host, port=self.port, dbname=database, user=user, password=self.passwords[role])
        connection.autocommit = autocommit
        with contextlib.closing(connection), contextlib.nullcontext() if autocommit else connection:
            yield connection

    def as_admin(self, sql: str, database: str | None = None) -> list[tuple]:
        """Run a statement that needs to stand alone; the rows, if there are any."""
        with self.connect("admin", database or self.maintenance, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def create_database(self, template: str = "template0") -> None:
        """A new database under the name that dbt sees, empty or a copy."""
        self.as_admin(f"drop database if exists {DATABASE} with (force)")
        self.as_admin(f'create database {DATABASE} template "{template}"')
        if template != "template0":
            # A copy has the schemas' grants, and not those of the database.
            self.as_admin(f"grant connect on database {DATABASE} to {', '.join(ROLES)}")

    def rename_database(self, suffix: str) -> str:
        name = f"{DATABASE}_{suffix}"
        self.as_admin(f'alter database {DATABASE} rename to "{name}"')
        return name

    def set_up_roles(self, statements: str) -> None:
        """Run what `make roles` prints, and give each role a password."""
        self.as_admin(statements, DATABASE)
        for role in ROLES:
            self.as_admin(f"alter role {role} password '{self.passwords[role]}'")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
