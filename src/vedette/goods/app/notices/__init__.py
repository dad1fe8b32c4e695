"""Pre-export notices: their states and fields, the actions of people and workers, and the pages."""
