"""Tables from a PostgreSQL database, and runs written into one: a real server, started here on loopback and stopped again.

    database.py BINARY RUN… [--rows N]

BINARY is built with the feature postgres; RUN is a folder of teams or figures that is written into the database too. Needs
PostgreSQL's programs (Debian: postgresql-15), openssl and pyarrow.
"""

import argparse
import contextlib
import glob
import hashlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pyarrow.parquet as pq

PASSWORD = "Geheim-7f3a-口令"
PLAN = """\
name = "from-a-database"
as-of = 2023-02-07
[inputs.entities]
{entities}
[inputs.credit]
{credit}
[size]
share = 0.01
[draw]
seed = "seed of the test, 2023-02-07"
stream = "2023"
[weight]
grade = {{ A = 1, B = 2, C = 3, D = 5, unrated = 2 }}
[strata]
by = ["region"]
[output]
folder = "{folder}"
keep = ["经营范围", "注册资本"]
"""
ENTITIES = 'query = """\nselect 编号 as entity_id, 名称, 状态, 区域 as region, 成立日期, 经营范围, 注册资本 from 市场主体 -- all\n"""'
CREDIT = 'query = "select 编号 as entity_id, 等级 as grade from 信用;"'
CONNECTION = '\nconnection = "env:REGISTRY_URL"'
# Types, nulls, Chinese, what ends a cell of text rows, ids that repeat, and an id that is none.
MAKE = """
CREATE TYPE 状态类型 AS ENUM ('存续', '注销', '吊销');
CREATE TABLE 市场主体 (编号 text, 名称 varchar(80), 状态 状态类型, 区域 char(8), 成立日期 date, 经营范围 text, 注册资本 numeric(18, 4),
    更新时间 timestamptz, 备注 jsonb);
INSERT INTO 市场主体 SELECT 'CQ' || lpad((n::bigint * 7919 % {rows})::text, 9, '0'), '重庆' || n || '号商行',
    (CASE WHEN n % 50 = 0 THEN '注销' ELSE '存续' END)::状态类型, '5001' || lpad((n % 7)::text, 2, '0'),
    CASE WHEN n % 11 = 0 THEN NULL WHEN n % 1000 = 1 THEN 'infinity' ELSE date '2001-01-01' + n % 7000 END,
    CASE WHEN n % 13 = 0 THEN NULL ELSE E'食品"销售,\\t零售\\n' || n % 5 END, CASE WHEN n % 3 = 0 THEN NULL ELSE n * 1.50 END, now(), '{{"a": 1}}'
    FROM generate_series(0, {rows} - 1) AS n;
INSERT INTO 市场主体 SELECT 编号, '重复', '存续' FROM 市场主体 WHERE 编号 < 'CQ000000010';
INSERT INTO 市场主体 (编号, 名称) VALUES (NULL, '无编号'), ('', '空编号');
CREATE TABLE 信用 AS SELECT 编号, (ARRAY['A', 'B', 'C', 'D'])[1 + n % 4] AS 等级
    FROM (SELECT 编号, row_number() OVER (ORDER BY 编号) AS n FROM 市场主体 WHERE 编号 <> '' AND 名称 <> '重复') AS numbered WHERE n % 10 <> 0;
"""


def fail(*lines):
    sys.exit("\n".join(map(str, lines)))


def expect(condition, *said):
    if not condition:
        fail("not as expected:", *said)


class Server:
    """PostgreSQL with TLS and passwords, on a port of loopback."""

    def __init__(self, home):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb") or fail("PostgreSQL is missing")]
        self.programs = os.path.dirname(found[-1])
        self.home, self.data = home, os.path.join(home, "data")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        # The server refuses to be root.
        self.owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        password = os.path.join(home, "password")
        with open(password, "w", encoding="utf-8") as file:
            file.write(PASSWORD)
        # An authority, and the server's certificate by it.
        key, request, self.authority = (os.path.join(home, name) for name in ("server.key", "server.csr", "authority.crt"))
        certificate = os.path.join(home, "server.crt")
        with open(os.path.join(home, "names"), "w", encoding="ascii") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        for command in (
            f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout {home}/authority.key -out {self.authority}",
            f"req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout {key} -out {request}",
            f"x509 -req -in {request} -CA {self.authority} -CAkey {home}/authority.key -CAcreateserial -days 2 -extfile {home}/names -out {certificate}",
        ):
            subprocess.run(["openssl", *command.split()], check=True, capture_output=True)
        if self.owner:
            for path in (home, password, key, certificate):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        os.chmod(key, 0o600)
        os.chmod(home, 0o755)
        self.run("initdb", "-D", self.data, "-U", "registry", "-A", "scram-sha-256", f"--pwfile={password}", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()

    def run(self, program, *arguments):
        own = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.owner else {}
        command = [os.path.join(self.programs, program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.home, **own)
        expect(done.returncode == 0, command, done.stdout, done.stderr)

    def start(self):
        options = f"-p {self.port} -h 127.0.0.1 -k {self.home} -c ssl=on -c ssl_cert_file={self.home}/server.crt -c ssl_key_file={self.home}/server.key -c fsync=off"
        self.run("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.home, "log"), "-o", options, "start")

    def kill(self):
        """As when the machine loses its power."""
        with open(os.path.join(self.data, "postmaster.pid"), encoding="ascii") as file:
            own = int(file.readline())
        children = subprocess.run(["pgrep", "-P", str(own)], capture_output=True, text=True).stdout.split()
        for process in [own, *map(int, children)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def url(self, password=PASSWORD, options="?sslmode=disable", host="127.0.0.1"):
        return f"postgresql://registry:{password}@{host}:{self.port}/postgres{options}"

    def psql(self, text, *options, binary=False):
        command = [os.path.join(self.programs, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", *options, self.url()]
        done = subprocess.run(command, input=text.encode(), capture_output=True, env={**os.environ, "PGCLIENTENCODING": "UTF8"})
        expect(done.returncode == 0, text[:400], done.stderr.decode())
        return done.stdout if binary else done.stdout.decode().strip()


class Desk:
    """A folder with plans, and the program."""

    def __init__(self, home, binary, server):
        self.home, self.binary, self.server = home, binary, server
        self.told = []

    def plan(self, name, entities=ENTITIES + CONNECTION, credit=CREDIT + CONNECTION):
        path = os.path.join(self.home, f"{name}.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(PLAN.format(entities=entities, credit=credit, folder=name))
        return path

    def run(self, *arguments, exit=0, url=None, **variables):
        environment = {**os.environ, "REGISTRY_URL": url or self.server.url(), **variables}
        environment = {name: value for name, value in environment.items() if value is not None}
        done = subprocess.run([self.binary, *arguments], capture_output=True, text=True, env=environment, cwd=self.home)
        said = done.stdout + done.stderr
        self.told.append(said)
        expect(done.returncode == exit, arguments, f"exit code {done.returncode}, not {exit}", said)
        return re.sub(r"\s+", " ", said)

    def folder(self, name):
        return os.path.join(self.home, name)


def nothing_is_left(desk, name):
    left = [entry for entry in os.listdir(desk.home) if name in entry and not entry.endswith((".toml", ".lock"))]
    expect(not left, "left behind:", left)


def rows(folder, file="draw.parquet"):
    return pq.read_table(os.path.join(folder, file)).replace_schema_metadata(None)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("runs", nargs="*")
    parser.add_argument("--rows", type=int, default=1_000_000)
    own = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o755)
        os.mkdir(os.path.join(home, "server"))
        os.mkdir(os.path.join(home, "desk"))
        server = Server(os.path.join(home, "server"))
        try:
            desk = Desk(os.path.join(home, "desk"), os.path.abspath(own.binary), server)
            server.psql(MAKE.format(rows=own.rows))
            reads(desk, own.rows)
            # The rest is said of fewer rows.
            server.psql("DELETE FROM 市场主体 WHERE 编号 >= 'CQ000050000'; DELETE FROM 信用 WHERE 编号 >= 'CQ000050000'")
            desk.run("run", "queries.toml")
            refuses(desk)
            nights(desk)
            publishes(desk, [os.path.abspath(run) for run in own.runs])
            breaks(desk)
            for said in desk.told:
                expect(PASSWORD not in said, "the password was said:", said)
            for found, _, files in os.walk(desk.home):
                for file in files:
                    with open(os.path.join(found, file), "rb") as opened:
                        expect(PASSWORD.encode() not in opened.read(), "the password stands in", found, file)
            print("ok  no password in anything said or written")
        finally:
            with contextlib.suppress(Exception):
                server.kill()


def reads(desk, count):
    """The rows of queries are those of files, and whoever reads them again finds the same bytes."""
    server = desk.server
    began = time.monotonic()
    desk.run("run", desk.plan("queries"))
    took = time.monotonic() - began
    desk.run("verify", "queries", "--plan", "queries.toml")
    for name, query in (("entities", "select 编号 as entity_id, 名称, 状态, 区域 as region, 成立日期, 经营范围, 注册资本 from 市场主体"), ("credit", "select 编号 as entity_id, 等级 as grade from 信用")):
        with open(desk.folder(f"{name}.csv"), "wb") as file:
            order = 'order by 编号 collate "C", 名称 collate "C"' if name == "entities" else 'order by 编号 collate "C"'
            file.write(server.psql(f"copy ({query} {order}) to stdout (format csv, header)", binary=True))
    desk.run("run", desk.plan("files", 'path = "entities.csv"', 'path = "credit.csv"'))
    expect(rows(desk.folder("queries")) == rows(desk.folder("files")), "the draws differ")
    for column in ("entity_id", "grade", "region", "经营范围", "registered"):
        frames = [rows(desk.folder(name), "frame.parquet") for name in ("queries", "files")]
        if column in frames[0].column_names:
            expect(frames[0][column].to_pylist() == frames[1][column].to_pylist(), "the frames differ in", column)
    with open(desk.folder("queries/manifest.json"), encoding="utf-8") as file:
        entities, credit = json.load(file)["inputs"]
    expect((entities["format"], entities["rows_read"]) == ("postgres", count + 12), entities)
    expect(entities["file"].startswith("select 编号 as entity_id") and entities["quarantined"] == 12, entities)
    # Anybody can take the digest.
    statement = (
        'COPY (SELECT "entity_id", "grade" FROM (select 编号 as entity_id, 等级 as grade from 信用\n) AS t '
        'ORDER BY "entity_id" COLLATE "C", "grade" COLLATE "C") TO STDOUT (FORMAT BINARY)'
    )
    said = desk.run("check", "queries.toml", "--log", "json")
    expect("COPY (SELECT" in said and "FORMAT BINARY" in said, "the statement is not told", said)
    sent = server.psql(statement, binary=True)
    expect(hashlib.sha256(sent).hexdigest() == credit["sha256"] and len(sent) == credit["bytes"], credit)
    # Whatever the server prefers, and however little memory there is.
    server.psql("ALTER DATABASE postgres SET DateStyle = 'German, DMY'; ALTER DATABASE postgres SET TimeZone = 'Asia/Shanghai'")
    desk.run("run", desk.plan("small"), "--memory", "64MiB")
    expect(rows(desk.folder("small")) == rows(desk.folder("queries")), "the draw follows memory")
    desk.run("verify", "queries", "--plan", "queries.toml")
    print(f"ok  {count:,} rows of a query in {took:.1f} s: the draw of the same rows from files; its digest is that of psql")


def refuses(desk):
    """What is wrong is said, and nothing is published."""
    server = desk.server
    wrong = lambda said, *expected: [expect(word in said, f"{word!r} is not in", said) for word in expected]
    wrong(desk.run("run", desk.plan("wrong"), exit=3, url=server.url("not-it")), "[inputs.entities]", "password authentication failed")
    wrong(desk.run("run", "wrong.toml", exit=3, url=f"postgresql://registry:{PASSWORD}@127.0.0.1:1/postgres"), "refused")
    wrong(desk.run("run", "wrong.toml", exit=3, url=f"host=localhost password={PASSWORD} nonsense"), "REGISTRY_URL holds no address")
    wrong(desk.run("run", "wrong.toml", exit=3, REGISTRY_URL=None), "REGISTRY_URL is not set")
    bad = desk.plan("wrong", 'query = "select 编号 from 市场主体 whare 1"' + CONNECTION)
    wrong(desk.run("run", bad, exit=3), "syntax error", "42601")
    bad = desk.plan("wrong", 'query = "select 名称 from 市场主体"' + CONNECTION)
    wrong(desk.run("run", bad, exit=3), "no header for the column entity_id")
    bad = desk.plan("wrong", ENTITIES.replace("成立日期", "更新时间 as 成立日期") + CONNECTION)
    wrong(desk.run("run", bad, exit=3), "without time and zone")
    bad = desk.plan("wrong", 'query = "select a.编号, b.编号 from 市场主体 a, 信用 b limit 5"' + CONNECTION)
    wrong(desk.run("run", bad, exit=3), "two columns")
    server.psql("create function taint() returns text language sql as $$ insert into 信用 values ('x', 'A') returning 编号 $$")
    bad = desk.plan("wrong", 'query = "select taint() as entity_id"' + CONNECTION)
    wrong(desk.run("run", bad, exit=3), "read-only transaction")
    bad = desk.plan("wrong", 'query = "select 1"\nconnection = "postgresql://registry:x@host/database"')
    wrong(desk.run("run", bad, exit=2), "env:REGISTRY_URL", "holds no password")
    # TLS: an authority that is not known is refused, one that is named is taken.
    desk.plan("wrong")
    wrong(desk.run("run", "wrong.toml", exit=3, url=server.url(options="?sslmode=require")), "SSL_CERT_FILE")
    nothing_is_left(desk, "wrong")
    desk.run("verify", "queries", "--plan", "queries.toml", url=server.url(options="?sslmode=require"), SSL_CERT_FILE=server.authority)
    print("ok  passwords, addresses, queries, columns, writing and unknown authorities are refused, and nothing is published")
    # A table that changes between the run and who checks it.
    server.psql("UPDATE 市场主体 SET 名称 = '改名' WHERE 编号 = 'CQ000000077'")
    said = desk.run("verify", "queries", "--plan", "queries.toml", exit=1)
    expect("entities" in said and "SHA-256" in said, said)
    desk.run("verify", "queries")
    desk.run("run", "queries.toml")
    desk.run("verify", "queries", "--plan", "queries.toml")
    print("ok  a changed table is found by verify")


def nights(desk):
    with open(os.path.join(desk.home, "night.toml"), "w", encoding="utf-8") as file:
        file.write('name = "night"\nplans = ["queries.toml"]\n')
    desk.run("nightly", "night.toml", "--lineage-file", "lineage.jsonl")
    expect("unchanged" in desk.run("nightly", "night.toml"), "the second night did something")
    desk.server.psql("UPDATE 信用 SET 等级 = CASE WHEN 等级 = 'D' THEN 'A' ELSE 'D' END WHERE 编号 IN ('CQ000000078', 'CQ000000079')")
    expect("unchanged" not in desk.run("nightly", "night.toml"), "a change was not seen")
    print("ok  every night: a query whose rows have not changed is not drawn again")


def publishes(desk, runs):
    server = desk.server
    run = desk.folder("queries")
    desk.run("publish", run, "--to-postgres", "env:REGISTRY_URL")
    count = lambda table: int(server.psql(f"select count(*) from fairdraw.{table}", "-At"))
    drawn = rows(run).num_rows
    expect((count("runs"), count("draw")) == (1, drawn), count("runs"), count("draw"))
    expect("nothing to do" in desk.run("publish", run, "--to-postgres", "env:REGISTRY_URL"), "it was written twice")
    expect(count("draw") == drawn, "rows were written twice")
    found = server.psql("select entity_id, pi, ticket, name from fairdraw.draw order by entity_id limit 50", "-At", "-F", "\t")
    own = sorted(rows(run).select(["entity_id", "pi", "ticket", "name"]).to_pylist(), key=lambda row: row["entity_id"])[:50]
    for line, row in zip(found.splitlines(), own, strict=True):
        entity, pi, ticket, name = line.split("\t")
        expect((entity, float(pi), ticket, name) == (row["entity_id"], row["pi"], row["ticket"], row["name"]), line, row)
    before = count("runs")
    for folder in runs:
        desk.run("publish", folder, "--to-postgres", "env:REGISTRY_URL")
    if runs:
        expect(count("runs") > before and count("kpi") > 0, "no figures were written")
        # Lists of words are lists.
        if count("visits"):
            expect(int(server.psql("select count(*) from fairdraw.visits where cardinality(tasks) > 0", "-At")) == count("visits"), "visits without tasks")
    # All or nothing: a table that refuses a row leaves no run.
    server.psql("ALTER TABLE fairdraw.draw ADD CONSTRAINT none CHECK (u > 1) NOT VALID; DELETE FROM fairdraw.kpi; DELETE FROM fairdraw.draw; DELETE FROM fairdraw.visits; DELETE FROM fairdraw.teams; DELETE FROM fairdraw.runs")
    said = desk.run("publish", run, "--to-postgres", "env:REGISTRY_URL", exit=5)
    expect("none" in said and count("runs") == 0, said)
    desk.run("publish", desk.folder("nothing"), "--to-postgres", "env:REGISTRY_URL", exit=3)
    with open(os.path.join(run, "draw.parquet"), "r+b") as file:
        file.seek(100)
        file.write(b"x")
    desk.run("publish", run, "--to-postgres", "env:REGISTRY_URL", exit=1)
    print("ok  draws, visits and figures are rows of the database: once, and all or nothing")


def breaks(desk):
    """The server is lost while its rows are read."""
    slow = 'query = "select 编号 as entity_id, 名称, 状态 from 市场主体 union all select pg_sleep(60)::text, null, null"' + CONNECTION
    desk.plan("slow", slow)
    sleeping = lambda: desk.server.psql("select count(*) from pg_stat_activity where application_name = 'fairdraw' and state = 'active'", "-At") == "1"
    for end in (lambda: desk.server.psql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'fairdraw'"), desk.server.kill):
        running = subprocess.Popen([desk.binary, "run", "slow.toml"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=desk.home, env={**os.environ, "REGISTRY_URL": desk.server.url()})
        for _ in range(100):
            if sleeping():
                break
            time.sleep(0.1)
        time.sleep(1)
        end()
        said, _ = running.communicate(timeout=60)
        desk.told.append(said)
        expect(running.returncode == 3 and "[inputs.entities]" in said, running.returncode, said)
        nothing_is_left(desk, "slow")
    print("ok  a server that ends while it is read is said, and nothing is published")


main()
