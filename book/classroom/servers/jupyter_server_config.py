"""Jupyter's settings in each server of the hub; jupyterhub_config.py puts it on their path."""

c = get_config()  # noqa: F821 (Jupyter puts it here)

# A login shell, which is the default, would forget the PATH of the environment that is installed.
c.ServerApp.terminado_settings = {"shell_command": ["bash"]}
