"""What a WSGI server serves: `core.wsgi:app`."""

from core.app import create_app
from core.base.logs import configure_logs

app = create_app()
configure_logs(app.config["TONGBAO"])
