"""Running an installation: backups, logs and what is measured."""
