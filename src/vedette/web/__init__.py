"""Settings, addresses, templates and static files of the web server."""
