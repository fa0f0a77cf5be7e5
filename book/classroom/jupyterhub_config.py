"""A JupyterHub for a class, to try on one machine: students fetch, work and submit, you grade.

Start it in an empty folder, in which it keeps everything:

    jupyterhub --config=PATH/TO/jupyterhub_config.py

Whatever is only for trying is marked TRY ONLY. The page "JupyterHub" of the instructor guide
explains each part and says what takes its place on a server that others can reach.
"""

import os
import secrets
import sys
from pathlib import Path

c = get_config()  # noqa: F821 (JupyterHub puts it here)

SETTINGS = Path(__file__).resolve().parent  # servers/ and students/ lie there
HUB = Path.cwd()
EXCHANGE = HUB / "exchange"

# --- Who ---

INSTRUCTOR = "instructor"
STUDENTS = {"ada", "grace", "sofia"}  # the same ids as in the roster, in lower case

c.Authenticator.allowed_users = {INSTRUCTOR, *STUDENTS}
c.Authenticator.admin_users = {INSTRUCTOR}


def password(name: str) -> str:
    """Return the password kept under this name; the first start makes it, for your eyes only."""
    path = HUB / f"password_{name}.txt"
    if not path.exists():
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text()


# TRY ONLY: one password for all students, so each can enter as any other.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = password("students")
c.SharedPasswordAuthenticator.admin_password = password("instructor")

# --- Where ---

# TRY ONLY: no TLS, so nobody but this machine may connect.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"

# --- The servers ---

# TRY ONLY: all servers belong to the account that runs the hub. Each student's code can read and
# change the files of all others, yours and the gradebook included.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(HUB / "homes" / "{username}")
c.Spawner.default_url = "/lab"


def settings_path(spawner) -> str:
    """Return the folders with the settings of a server: those of students lack the formgrader."""
    names = ["servers"] if spawner.user.name == INSTRUCTOR else ["students", "servers"]
    return os.pathsep.join(str(SETTINGS / name) for name in names)


c.Spawner.environment = {
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    "JUPYTER_CONFIG_PATH": settings_path,
    "NBGRADER_EXCHANGE": str(EXCHANGE),
    "NBGRADER_INSTRUCTOR": INSTRUCTOR,
}

# --- The exchange, through which assignments and submissions go ---

EXCHANGE.mkdir(exist_ok=True)
EXCHANGE.chmod(0o777)  # nbgrader asks for it; the folders that it makes inside are stricter
