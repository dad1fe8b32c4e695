"""Settings, URLs, templates and static files of the web server."""
