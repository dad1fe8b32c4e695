"""Contains the Django apps. An app has models, selectors (functions that read data), actions (functions that
write data), views, API operations and URLs."""
