"""The Django apps, thin: models, selectors (reads), actions (writes), views, api, urls."""
