"""The Django apps: models, selectors (reads), actions (writes), views, API operations and URLs."""
