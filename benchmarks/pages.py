"""Pages under a watch, for benchmarks: queries and time at the database, time of the page, on SQLite or a PostgreSQL of one's own."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

NOW = datetime(2026, 11, 20, 14, 20)
PASSWORD = "Qc-2026-luse"


@dataclass(frozen=True)
class Page:
    """One page looked at: its address, what is wanted [s], and how it must be answered."""

    url: str
    wanted: float
    status: int = 200


class Spent:
    """Queries and seconds at Django's database (execution and fetching) and in the hot store's SQLite file."""

    def __init__(self):
        self.queries, self.seconds, self.store, self.said = 0, 0.0, 0.0, []

    @contextmanager
    def at_database(self, sql: str = "") -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            took = time.perf_counter() - start
            self.seconds += took
            if sql:
                self.queries += 1
                self.said.append((took, sql))


@contextmanager
def watched() -> Iterator[Spent]:
    """Count and time what goes to the databases meanwhile."""
    from django.db import connection
    from django.db.backends.utils import CursorWrapper

    from qingshan.lake.hot import Hot

    spent, make, connect = Spent(), connection.make_cursor, Hot._connect

    class Timed(CursorWrapper):
        def execute(self, sql, params=None):
            with spent.at_database(str(sql)):
                return super().execute(sql, params)

        def executemany(self, sql, param_list):
            with spent.at_database(str(sql)):
                return super().executemany(sql, param_list)

        def fetchone(self):
            with spent.at_database():
                return self.cursor.fetchone()

        def fetchmany(self, *size):
            with spent.at_database():
                return self.cursor.fetchmany(*size)

        def fetchall(self):
            with spent.at_database():
                return self.cursor.fetchall()

    @contextmanager
    def timed(self):
        start = time.perf_counter()
        try:
            with connect(self) as db:
                yield db
        finally:
            spent.store += time.perf_counter() - start

    connection.make_cursor = lambda cursor: Timed(cursor, connection)
    Hot._connect = timed
    try:
        yield spent
    finally:
        connection.make_cursor, Hot._connect = make, connect


def opened(client, url: str) -> tuple[Spent, float, int]:
    """Open a page once: what went to the databases, how long it took [s], how it was answered."""
    with watched() as spent:
        start = time.perf_counter()
        answer = client.get(url)
        return spent, time.perf_counter() - start, answer.status_code


@contextmanager
def cluster() -> Iterator[str]:
    """The address of an empty PostgreSQL that lives as long as this; its programs must be installed."""
    import pwd
    import shutil
    import socket

    there = shutil.which("initdb")
    found = [Path(there).resolve().parent] if there else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not found:
        raise SystemExit("没有安装 PostgreSQL（initdb、pg_ctl）")
    owner = {}
    if os.geteuid() == 0:
        person = pwd.getpwnam("postgres")
        owner = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="qingshan-pg-") as home:
        if owner:
            os.chown(home, owner["user"], owner["group"])
        data, run = f"{home}/data", {"check": True, "cwd": home, "stdout": subprocess.DEVNULL, **owner}
        subprocess.run([found[0] / "initdb", "-D", data, "-U", "qingshan", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"], **run)
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home}"
        subprocess.run([found[0] / "pg_ctl", "-D", data, "-w", "-l", f"{home}/log", "-o", options, "start"], **run)
        try:
            yield f"postgres://qingshan@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([found[0] / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)


def look(login: str, pages: Mapping[str, Page], rounds: int) -> bool:
    """Open every page as one person, once to warm and then `rounds` times; print one line each; whether all was as wanted."""
    from django.test import Client

    from qingshan.bureau.base.models import Person

    client, met = Client(), True
    client.force_login(Person.objects.get(username=login))
    print(f"{'page':26} {'queries':>8} {'database [ms]':>14} {'page [s]':>9} {'CPU [s]':>8}  wanted")
    for title, page in pages.items():
        opened(client, page.url)
        start = time.process_time()
        runs = [opened(client, page.url) for _ in range(rounds)]
        work = (time.process_time() - start) / rounds
        took = statistics.median(r[1] for r in runs)
        database = statistics.median(r[0].seconds for r in runs) * 1000
        is_met = took < page.wanted and runs[-1][2] == page.status
        met &= is_met
        said = "ok" if is_met else f"NOT < {page.wanted:g} s, {runs[-1][2]}"
        print(f"{title:26} {runs[-1][0].queries:8} {database:14.1f} {took:9.2f} {work:8.2f}  {said}", flush=True)
    return met


def district(towns: int, **more) -> tuple:
    """An empty bureau with one district: its towns, their governments, the bureau itself; a leader and an officer of the first town."""
    from django.contrib.auth.models import Group
    from django.core.management import call_command

    from qingshan.bureau.base import roles
    from qingshan.bureau.base.models import Area, Organisation, Person

    call_command("migrate", verbosity=0)
    roles.sync()
    whole = Area.objects.create(code="990100", name="青川区", level="district")
    made = [
        Area.objects.create(code=f"9901{i + 1:02d}", name=f"第{i + 1}镇", level="town", parent=whole, **more) for i in range(towns)
    ]  # fmt: skip
    own = Organisation.objects.create(name="青川区生态环境局", short="区生态环境局", kind="bureau", area=whole)
    units = [Organisation.objects.create(name=f"{t.name}人民政府", short=t.name, kind="town", area=t) for t in made]
    for login, unit, role in (("zhoumin", own, "leader"), ("zhenjie", units[0], "town_officer")):
        person = Person.objects.create_user(login, password=PASSWORD, name=login, organisation=unit)
        person.groups.add(Group.objects.get(name=role))
    return made, units, own


def run(module: str, doc: str, size: str, default: int, fill: Callable[[int], None], see: Callable[[int], bool]) -> None:
    """The command: fill a bureau in a temporary folder, look at it, exit with 1 where not all was as wanted."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument(f"--{size}", type=int, default=default)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL cluster of its own")
    options = parser.parse_args()
    count = getattr(options, size)
    if options.postgresql:
        with cluster() as url:
            again = [sys.executable, "-m", module, f"--{size}", str(count), "--rounds", str(options.rounds)]
            raise SystemExit(subprocess.run(again, env={**os.environ, "QINGSHAN_DATABASE_URL": url}).returncode)
    with tempfile.TemporaryDirectory(prefix="qingshan-pages-") as folder:
        os.environ |= {"QINGSHAN_DATA": folder, "QINGSHAN_NOW": NOW.isoformat(), "DJANGO_SETTINGS_MODULE": "qingshan.bureau.settings"}
        import django

        django.setup()
        from django.conf import settings
        from django.db import connection

        settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
        fill(count)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as its own service does within minutes
        print(f"{count:,} {size} on {connection.vendor}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        met = see(options.rounds)
    print(f"\n{'all' if met else 'NOT all'} as wanted")
    raise SystemExit(0 if met else 1)
