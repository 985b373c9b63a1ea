"""One command for a fresh machine: ``python3 start.py`` runs Qingshan, ``python3 start.py test`` tests it.

Standard library only, and syntax that an old Python can still read, so that it can say what it needs.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit("青山需要 Python 3.11 或更新版本，当前是 %d.%d。请用新版本运行，例如：python3.11 start.py" % sys.version_info[:2])

import argparse
import hashlib
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent
VENV = CHECKOUT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOG = CHECKOUT / ".cache" / "start.log"
ROOM_TO_INSTALL = 1500 * 2**20
ROOM_TO_RUN = 300 * 2**20
UNREACHABLE = ("NewConnectionError", "Name or service", "getaddrinfo", "ConnectTimeout", "No matching distribution")


class NotStarted(Exception):
    """Why it did not start, in one line."""


def main(argv):
    try:
        if argv[:1] == ["test"]:
            return test(argv[1:])
        return run(argv)
    except NotStarted as reason:
        print("没有启动：%s" % reason, file=sys.stderr)
        return 1
    except OSError as fault:
        print("没有启动：%s（%s）" % (fault.strerror or fault, fault.filename or CHECKOUT), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("已停止。", file=sys.stderr)
        return 130


def run(argv):
    """The main job: web, gateway, worker and the demonstration devices under one supervisor."""
    parser = argparse.ArgumentParser(prog="start.py", description="青山：一条命令运行。python3 start.py test 运行测试。")
    parser.add_argument("--data", default=str(CHECKOUT / "data"), help="数据目录（默认 data）")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址；要让别的电脑访问，用 0.0.0.0")
    parser.add_argument("--port", type=int, default=8000, help="网页端口")
    parser.add_argument("--gateway-port", type=int, default=9212, help="HJ 212 网关端口")
    parser.add_argument("--empty", action="store_true", help="开一个空的局，不开演示区县")
    options = parser.parse_args(argv)
    for words, flag, port in (("网页", "--port", options.port), ("HJ 212 网关", "--gateway-port", options.gateway_port)):
        port_is_free(words, flag, options.host, port)
    install("requirements.lock")
    data = Path(options.data).resolve()
    data.mkdir(parents=True, exist_ok=True)
    room(data, ROOM_TO_RUN)
    place = ["--data", str(data), "--host", options.host, "--port", str(options.port), "--gateway-port", str(options.gateway_port)]
    return call([str(PYTHON), "-m", "qingshan.cli.main", "serve", *place, *([] if options.empty else ["--demo"])])


def test(argv):
    """Everything: style, types, floors, tests; ``--slow`` adds the long proofs, other arguments go to pytest."""
    install("requirements-test.lock")
    install("requirements-spark.lock", source="pyspark-client")
    debian_packages()
    chosen = [a for a in argv if a != "--slow"]
    status = 0
    if not chosen:
        status |= call([str(PYTHON), "-m", "ruff", "check", "src", "tests", "benchmarks", "start.py"])
        status |= call([str(PYTHON), "-m", "mypy"])
    marks = [] if "--slow" in argv else ["-m", "not slow"]
    workers = [] if chosen else ["-n", "2", "--dist", "loadscope"]
    return status | call([str(PYTHON), "-m", "pytest", *marks, *workers, *chosen])


def install(lock, source=None):
    """Make ``.venv`` and install the lock (hashed wheels only; `source`: a package that has none); a second call does nothing."""
    wanted = hashlib.sha256((CHECKOUT / lock).read_bytes() + (CHECKOUT / "pyproject.toml").read_bytes() + sys.version.encode()).hexdigest()
    stamp = VENV / (lock + ".installed")
    if stamp.exists() and stamp.read_text() == wanted and PYTHON.exists():
        return
    room(CHECKOUT, ROOM_TO_INSTALL)
    LOG.parent.mkdir(exist_ok=True)
    pip, bare = pip_for_venv()
    if not PYTHON.exists():
        print("正在建立运行环境 .venv …", flush=True)
        make = [sys.executable, "-m", "venv", "--clear", *(["--without-pip"] if bare else []), str(VENV)]
        step(make, "建立 .venv 失败；Debian、Ubuntu 请先安装 python3-venv")
    print("正在安装依赖包（只在第一次和升级后需要）…", flush=True)
    pip += ["install", "--disable-pip-version-check", "--no-input", "--no-compile", "--no-deps", "--quiet"]
    built = ["--no-binary", source, "--no-build-isolation"] if source else []
    step([*pip, "--only-binary", ":all:", *built, "--require-hashes", "-r", str(CHECKOUT / lock)], "依赖包没有装上")
    step([*pip, "--no-build-isolation", "--no-index", "-e", str(CHECKOUT)], "青山没有装进 .venv")
    stamp.write_text(wanted)


def pip_for_venv():
    """The pip to use, and whether ``.venv`` can do without its own: this Python's, where it can install into another (22.3)."""
    try:
        import pip

        if tuple(map(int, pip.__version__.split(".")[:2])) >= (22, 3):
            return [sys.executable, "-m", "pip", "--python", str(PYTHON)], True
    except (ImportError, ValueError):
        pass
    return [str(PYTHON), "-m", "pip"], False


def step(command, failed):
    with LOG.open("wb") as log:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT).returncode
    if status:
        said = LOG.read_text(encoding="utf-8", errors="replace")
        if "No space left" in said or "Errno 28" in said:
            failed = "磁盘已满，请清出至少 %d MB 后重试" % (ROOM_TO_INSTALL // 2**20)
        elif any(sign in said for sign in UNREACHABLE):
            failed = "连不上软件源，装不了依赖包。请检查网络，或设置 PIP_INDEX_URL 指向本单位的软件源后重试"
        raise NotStarted("%s。详情见 %s" % (failed, LOG))


def room(folder, needed):
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NotStarted("磁盘空间不足：%s 只剩 %d MB，需要 %d MB" % (folder, free // 2**20, needed // 2**20))


def port_is_free(words, flag, host, port):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise NotStarted("%s端口 %d 不能用（%s）。青山可能已在运行；换一个端口：python3 start.py %s %d"
                             % (words, port, fault.strerror, flag, port + 1)) from None


def debian_packages():
    """Chromium and Chinese fonts, where this is Debian and we may install; otherwise their tests skip and say so."""
    missing = [name for name, there in (
        ("chromium", shutil.which("chromium") or shutil.which("google-chrome")),
        ("fonts-noto-cjk", Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists()),
    ) if not there]
    if not missing or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    print("正在安装浏览器测试所需：%s …" % "、".join(missing), flush=True)
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.run(["apt-get", "update", "-qq"], env=environment, **quiet)
    done = subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], env=environment, **quiet)
    if done.returncode:
        print("没有装上，浏览器测试将跳过。", flush=True)


def call(command):
    """Run a child to its end; Ctrl-C and termination reach it, and we wait until it has stopped."""
    child = subprocess.Popen(command, cwd=str(CHECKOUT))
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
