"""A JupyterHub on this machine for tests, and its users; no process of it outlives the test.

Run as a program it is the guard: it starts the hub, waits until whoever started it is gone, and
ends every process of the hub, however the test ended.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import requests
import websocket

CONFIG = Path(__file__).parents[1] / "book" / "classroom" / "jupyterhub_config.py"
PATIENCE = 90.0  # seconds for a server to start on a busy machine
_PROXY = "configurable-http-proxy"


def find_proxy(kept: Path) -> Path | None:
    """Path of the proxy's command: named, on the path, or installed by npm into `kept`."""
    installed = kept / "node_modules" / ".bin" / _PROXY
    for known in (os.environ.get("CONFIGPROXY"), shutil.which(_PROXY), installed):
        if known and Path(known).exists():
            return Path(known)
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return None
    kept.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(subprocess.SubprocessError):
        options = ["--no-audit", "--no-fund", "--fetch-retries=0", "--prefix", str(kept)]
        command = [npm, "install", *options, _PROXY]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    return installed if installed.exists() else None


def processes(folder: Path) -> list[psutil.Process]:
    """All processes whose home is the folder or lies in it, as that of all of a hub's do."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            home = process.environ().get("HOME", "/")
            if process.pid != os.getpid() and Path(home).is_relative_to(folder):
                found.append(process)
    return found


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens to."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextlib.contextmanager
def running_hub(folder: Path, proxy: Path) -> Iterator[str]:
    """Run the example's hub in a folder, and yield its address."""
    public, hub, api = free_ports(3)
    found = re.search(r'bind_url = "(.*):8000"', CONFIG.read_text(encoding="utf-8"))
    assert found, "the test replaces the port"
    command = [sys.executable, "-m", "jupyterhub", f"--config={CONFIG}"]
    command += [
        f"--JupyterHub.bind_url={found[1]}:{public}",
        f"--JupyterHub.hub_port={hub}",
        f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{api}",
        f"--ConfigurableHTTPProxy.command={proxy}",
    ]
    if os.geteuid() == 0:
        command.append("--Spawner.args=['--allow-root']")
    guard = [sys.executable, __file__, str(folder), *command]
    with open(folder / "hub.log", "wb") as log:
        process = subprocess.Popen(
            guard, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        )
    try:
        url = f"http://127.0.0.1:{public}"
        _wait(url, process, folder / "hub.log")
        yield url
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(60)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the hub answers."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{url}/hub/api/", timeout=5).ok:
                return
        time.sleep(0.1)
    raise RuntimeError(f"JupyterHub does not answer at {url}; it says:\n{log.read_text()[-3000:]}")


class User:
    """One who has logged in, as a browser does, and whose server runs."""

    def __init__(self, hub: str, name: str, password: str) -> None:
        self.name, self.hub, self.url = name, f"{hub}/hub", f"{hub}/user/{name}"
        with requests.Session() as browser:
            browser.get(f"{self.hub}/login", timeout=30)
            secret = browser.cookies.get("_xsrf", path="/hub/")
            form = {"username": name, "password": password, "_xsrf": secret}
            browser.post(f"{self.hub}/login", data=form, timeout=30, allow_redirects=False)
            made = browser.post(
                f"{self.hub}/api/users/{name}/tokens",
                headers={"X-XSRFToken": browser.cookies.get("_xsrf", path="/hub/")},
                timeout=30,
            )
        if made.status_code == 403:
            raise PermissionError(f"the hub does not let {name} in")
        made.raise_for_status()
        self.token = made.json()["token"]

    def ask(self, method: str, path: str, **settings: Any) -> Any:
        """Ask the user's own server, and return what it answers."""
        return self.ask_server(method, self.url + path, **settings)

    def ask_server(self, method: str, url: str, **settings: Any) -> Any:
        """Ask any server as this user."""
        headers = {"Authorization": f"token {self.token}"}
        answer = requests.request(method, url, headers=headers, timeout=60, **settings)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def start_server(self) -> None:
        """Start the user's server and wait until it is ready."""
        self.ask_server("POST", f"{self.hub}/api/users/{self.name}/server")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            server = self.ask_server("GET", f"{self.hub}/api/users/{self.name}")["servers"].get("")
            if server and server["ready"]:
                return
            time.sleep(0.2)
        raise TimeoutError(f"the server of {self.name} is not ready after {PATIENCE:.0f} s")

    def run(self, command: str, patience: float = 240.0) -> str:
        """Run a command in a terminal of the user's server, and return what it printed."""
        name = self.ask("POST", "/api/terminals")["name"]
        address = f"ws{self.url.removeprefix('http')}/terminals/websocket/{name}"
        header = [f"Authorization: token {self.token}"]
        terminal = websocket.create_connection(address, header=header, timeout=patience)
        try:
            terminal.send(json.dumps(["stdin", f"{command}; echo rc=$?=\r"]))
            text, end = "", time.monotonic() + patience
            while not (found := re.search(r"rc=(\d+)=", text)):
                if time.monotonic() > end:
                    raise TimeoutError(f"{command} runs for over {patience:.0f} s:\n{text}")
                kind, *content = json.loads(terminal.recv())
                text += content[0] if kind == "stdout" else ""
        finally:
            terminal.close()
            self.ask("DELETE", f"/api/terminals/{name}")
        if found[1] != "0":
            raise RuntimeError(f"{command} ends with {found[1]}:\n{text}")
        return text


def _guard(folder: Path, command: list[str]) -> None:
    """Run the hub until standard input ends, then end every process of it."""
    kept = ("PATH", "LANG", "LC_ALL", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment["HOME"] = str(folder)
    hub = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL)
    sys.stdin.read()
    while left := processes(folder):  # as often as one starts another just then
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=1)
    hub.wait()


if __name__ == "__main__":
    _guard(Path(sys.argv[1]), sys.argv[2:])
