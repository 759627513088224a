"""Files in an S3-compatible store, and runs written into one: moto's server on loopback, and a proxy before it that delays,
cuts and refuses.

    objects.py BINARY RUN

BINARY is built with the feature s3; RUN is a published run with its plan's inputs in data-samples/. Needs moto[server] and pyarrow.
"""

import contextlib
import csv
import http.client
import http.server
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from moto.server import ThreadedMotoServer

SECRET = "Geheim-9c1d"
PLAN = """\
name = "from-a-store"
as-of = 2023-02-07
[inputs.entities]
path = "{entities}"
[inputs.credit]
path = "{credit}"
[size]
share = 0.01
[draw]
seed = "seed of the test, 2023-02-07"
stream = "2023"
[strata]
by = ["industry"]
[output]
folder = "{folder}"
"""


def expect(condition, *said):
    if not condition:
        sys.exit("\n".join(["not as expected:", *map(str, said)]))


class Proxy(http.server.BaseHTTPRequestHandler):
    """Takes requests for http://BUCKET.oss.test/KEY to the server; `fault` decides what befalls one."""

    protocol_version = "HTTP/1.1"
    server_port, fault, seen, lock = 0, None, [], threading.Lock()

    def log_message(self, *_):
        pass

    def any(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length) if length else None
        asked = urllib.parse.urlsplit(self.path)
        bucket = asked.hostname.removesuffix(".oss.test")
        with Proxy.lock:
            Proxy.seen.append((self.command, bucket, asked.path, self.headers.get("range")))
            fault = Proxy.fault(len(Proxy.seen), self) if Proxy.fault else None
        if fault == "refused":
            return self.answer(403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>", {})
        if fault == "busy":
            return self.answer(503, b"<Error><Code>SlowDown</Code></Error>", {})
        path = f"/{bucket}{asked.path}" + (f"?{asked.query}" if asked.query else "")
        connection = http.client.HTTPConnection("127.0.0.1", Proxy.server_port)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "proxy-connection")}
        connection.request(self.command, path, body, headers)
        got = connection.getresponse()
        self.answer(got.status, got.read(), {name.lower(): value for name, value in got.getheaders()}, fault)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = any

    def answer(self, status, body, headers, fault=None):
        self.send_response(status)
        for name, value in headers.items():
            if name not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        self.send_header("content-length", headers.get("content-length", len(body)) if self.command == "HEAD" else len(body))
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault == "cut":
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.connection.close()
            self.close_connection = True
            return
        if fault == "slow":
            step = max(1, len(body) // 20)
            for at in range(0, len(body), step):
                self.wfile.write(body[at : at + step])
                self.wfile.flush()
                time.sleep(0.05)
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)


class Desk:
    def __init__(self, home, binary, direct, proxy):
        self.home, self.binary, self.told = home, binary, []
        own = {"AWS_ACCESS_KEY_ID": "inspector", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "cn-chongqing"}
        self.hosted = {**os.environ, **own, "AWS_ENDPOINT_URL": "http://oss.test", "AWS_PROXY_URL": proxy}
        self.direct = {**os.environ, **own, "AWS_ENDPOINT_URL": direct, "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false"}

    def plan(self, name, entities, credit):
        with open(os.path.join(self.home, f"{name}.toml"), "w", encoding="utf-8") as file:
            file.write(PLAN.format(entities=entities, credit=credit, folder=name))
        return f"{name}.toml"

    def run(self, *arguments, exit=0, direct=False, **variables):
        environment = {**(self.direct if direct else self.hosted), **variables}
        done = subprocess.run([self.binary, *arguments], capture_output=True, text=True, env=environment, cwd=self.home)
        said = done.stdout + done.stderr
        self.told.append(said)
        expect(done.returncode == exit, arguments, f"exit code {done.returncode}, not {exit}", said)
        return re.sub(r"\s+", " ", said)

    def folder(self, name):
        return os.path.join(self.home, name)

    def draw(self, name):
        return pq.read_table(os.path.join(self.home, name, "draw.parquet")).replace_schema_metadata(None)

    def is_clean(self, name):
        left = [entry for entry in os.listdir(self.home) if name in entry and not entry.endswith((".toml", ".lock"))]
        expect(not left, "left behind:", left)


def main():
    binary, run = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    Proxy.server_port = port
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    direct = f"http://{host}:{port}"
    s3 = boto3.client("s3", endpoint_url=direct, aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    s3.create_bucket(Bucket="registry")
    with tempfile.TemporaryDirectory() as home:
        desk = Desk(home, binary, direct, f"http://127.0.0.1:{proxy.server_address[1]}")
        put(s3, home)
        reads(desk, s3)
        fails(desk, s3)
        writes(desk, s3, run)
        for said in desk.told:
            expect(SECRET not in said, "the secret was said:", said)
    proxy.shutdown()
    server.stop()


def put(s3, home):
    """The sample registry as CSV, as one Parquet object and as a folder by region, in which a column is new and another elsewhere."""
    samples = os.path.abspath("data-samples")
    for name in ("registry.csv", "credit.xlsx"):
        shutil.copy(os.path.join(samples, name), home)
        s3.upload_file(os.path.join(samples, name), "registry", f"raw/{name}")
    with open(os.path.join(home, "registry.csv"), encoding="gb18030", errors="replace", newline="") as file:
        _title, header, *records = csv.reader(file)
    records = [record for record in records if len(record) == len(header)]
    table = pa.table({name: pa.array([record[at] for record in records]) for at, name in enumerate(header)})
    pq.write_table(table, os.path.join(home, "whole.parquet"))
    third = table.num_rows // 3
    for at, part in enumerate((table.slice(0, third), table.slice(third, third), table.slice(2 * third))):
        if at == 0:
            part = part.select(list(reversed(part.column_names)))
        if at == 2:
            part = part.append_column("新增字段", pa.array(["新"] * part.num_rows))
        folder = os.path.join(home, "parts", "备份=永川", f"part={at}")
        os.makedirs(folder)
        pq.write_table(part, os.path.join(folder, "rows.parquet"))
        s3.upload_file(os.path.join(folder, "rows.parquet"), "registry", f"parts/备份=永川/part={at}/rows.parquet")
    with open(os.path.join(home, "parts", "_SUCCESS"), "w", encoding="ascii"):
        pass
    s3.put_object(Bucket="registry", Key="parts/_SUCCESS", Body=b"")
    s3.upload_file(os.path.join(home, "whole.parquet"), "registry", "whole.parquet")


def reads(desk, s3):
    desk.run("run", desk.plan("local", "registry.csv", "credit.xlsx"))
    desk.run("run", desk.plan("store", "s3://registry/raw/registry.csv", "s3://registry/raw/credit.xlsx"))
    expect(desk.draw("local") == desk.draw("store"), "the draws differ")
    expect(all(bucket == "registry" and path.startswith("/raw/") for _, bucket, path, _ in Proxy.seen), "the bucket is not in the host", Proxy.seen[:3])
    desk.run("verify", "store", "--plan", "store.toml")
    desk.run("verify", "store", "--plan", "store.toml", direct=True)
    print("ok  CSV and Excel of a store give the draw of the files, with the bucket in the host's name and in the path")
    desk.run("run", desk.plan("whole", "whole.parquet", "credit.xlsx"))
    for name, entities in (
        ("folder", "parts/"), ("pattern", "parts/*/part=*/*.parquet"), ("prefix", "s3://registry/parts/"), ("objects", "s3://registry/parts/*/part=*/rows.parquet"),
    ):
        desk.run("run", desk.plan(name, entities, "credit.xlsx"))
        expect(desk.draw(name) == desk.draw("whole"), f"{name}: the draw is not that of one file")
        desk.run("verify", name, "--plan", f"{name}.toml")
    print("ok  Parquet folders and patterns, here and in a store, are one table")


def fails(desk, s3):
    def ordinary(number, request):
        return {0: "busy", 1: "cut", 2: "slow"}.get(number % 5)

    Proxy.fault = ordinary
    desk.run("run", desk.plan("faulty", "s3://registry/parts/", "s3://registry/raw/credit.xlsx"))
    expect(desk.draw("faulty") == desk.draw("whole"), "faults reach the draw")
    print("ok  503s, cut connections and slow answers are overcome")
    Proxy.fault = lambda number, request: "refused" if request.command == "GET" else None
    said = desk.run("run", desk.plan("refused", "s3://registry/whole.parquet", "credit.xlsx"), exit=3)
    expect("[inputs.entities]" in said and "s3://registry/whole.parquet" in said, said)
    Proxy.fault = None
    desk.is_clean("refused")
    said = desk.run("run", desk.plan("missing", "s3://registry/nothing.parquet", "credit.xlsx"), exit=3)
    expect("is not there" in said, said)
    said = desk.run("run", desk.plan("missing", "s3://registry/nothing/", "credit.xlsx"), exit=3)
    expect("no Parquet file" in said, said)
    said = desk.run("run", desk.plan("missing", "s3://registry", "credit.xlsx"), exit=2)
    expect("known endings" in said, said)
    desk.is_clean("missing")

    # An object that changes between two of its pieces.
    s3.put_object(Bucket="registry", Key="large.csv", Body=b"entity_id,name\n" + b"".join(b"CQ%09d,%s\n" % (n, b"x" * 20) for n in range(900_000)))
    changed = []

    def change(_, request):
        if request.path.endswith("large.csv") and request.headers.get("range") and not changed:
            changed.append(True)
            s3.put_object(Bucket="registry", Key="large.csv", Body=b"entity_id,name\n" + b"y" * 30_000_000)

    Proxy.fault = change
    said = desk.run("run", desk.plan("changing", "s3://registry/large.csv", "credit.xlsx"), exit=3)
    Proxy.fault = None
    expect("changed while it was being read" in said, said)
    desk.is_clean("changing")
    print("ok  what is refused, missing or changes is said, and nothing is published")


def keys(s3, prefix):
    return sorted(entry["Key"].removeprefix(prefix) for entry in s3.list_objects_v2(Bucket="registry", Prefix=prefix).get("Contents", []))


def is_whole(s3, folder, prefix):
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            expect(s3.get_object(Bucket="registry", Key=prefix + name)["Body"].read() == file.read(), prefix, name, "is not what was published")


def writes(desk, s3, run):
    address = "s3://registry/public/q1"
    Proxy.seen.clear()
    Proxy.fault = lambda number, _: "busy" if number % 7 == 3 else None
    desk.run("publish", run, "--to-s3", address)
    Proxy.fault = None
    own = sorted(os.listdir(run))
    expect(keys(s3, "public/q1/") == own, keys(s3, "public/q1/"), own)
    puts = [path for command, _, path, _ in Proxy.seen if command in ("PUT", "POST") and path != "/" and not path.endswith("lock")]
    expect(puts[-1].endswith("manifest.json"), "the manifest is not last", puts)
    is_whole(s3, run, "public/q1/")
    # Whoever takes it from there can check it.
    back = os.path.join(desk.home, "back")
    os.mkdir(back)
    for name in own:
        s3.download_file("registry", f"public/q1/{name}", os.path.join(back, name))
    desk.run("verify", "back")
    expect("nothing to do" in desk.run("publish", run, "--to-s3", address), "it was written twice")
    said = desk.run("publish", "local", "--to-s3", address, exit=5)
    expect("another run" in said, said)
    desk.run("publish", "local", "--to-s3", address, "--replace")
    expect(s3.get_object(Bucket="registry", Key="public/q1/manifest.json")["Body"].read() == open(os.path.join(desk.home, "local/manifest.json"), "rb").read(), "it was not replaced")
    # Files of more than 8 MiB travel in several parts.
    desk.run("generate", "--preset", "bench", "--rows", "600000", "--output", "large", "--quiet")
    with open(os.path.join(desk.home, "large.toml"), "w", encoding="utf-8") as file:
        file.write(PLAN.split("[inputs.credit]")[0].format(entities="large/entities.parquet") + PLAN[PLAN.index("[size]"):].replace('by = ["industry"]', "by = []").format(folder="large-run"))
    desk.run("run", "large.toml")
    largest = max(os.path.getsize(os.path.join(desk.home, "large-run", name)) for name in os.listdir(os.path.join(desk.home, "large-run")))
    expect(largest > 8 << 20, "no file is large enough", largest)
    Proxy.seen.clear()
    Proxy.fault = lambda number, _: "busy" if number % 5 == 2 else None
    desk.run("publish", "large-run", "--to-s3", "s3://registry/public/large")
    Proxy.fault = None
    expect(any(command == "POST" for command, *_ in Proxy.seen), "nothing travelled in parts")
    is_whole(s3, desk.folder("large-run"), "public/large/")
    # What fails on the way has no manifest, and says what to do.
    Proxy.fault = lambda _, request: "refused" if request.command == "PUT" and "draw.parquet" in request.path else None
    desk.run("publish", run, "--to-s3", "s3://registry/public/q2", exit=5)
    Proxy.fault = None
    expect("manifest.json" not in keys(s3, "public/q2/"), "half of a run looks whole")
    desk.run("publish", run, "--to-s3", "s3://registry/public/q2")
    s3.put_object(Bucket="registry", Key="public/q3/.fairdraw-lock", Body=b"somebody")
    said = desk.run("publish", run, "--to-s3", "s3://registry/public/q3", exit=5)
    expect("another upload" in said and keys(s3, "public/q3/") == [".fairdraw-lock"], said)
    # Of several at a time, one writes.
    running = [subprocess.Popen([desk.binary, "publish", folder, "--to-s3", "s3://registry/public/q4"], env=desk.direct, cwd=desk.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for folder in (run, "local", "store")]
    codes = [one.wait() for one in running]
    manifest = s3.get_object(Bucket="registry", Key="public/q4/manifest.json")["Body"].read()
    whole = [folder for folder in (run, os.path.join(desk.home, "local"), os.path.join(desk.home, "store")) if open(os.path.join(folder, "manifest.json"), "rb").read() == manifest]
    expect(0 in codes and len(whole) == 1, codes)
    is_whole(s3, whole[0], "public/q4/")
    print("ok  a run is written once and whole, its manifest last; several at a time do not mix")


main()
