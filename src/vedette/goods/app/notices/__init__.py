"""Pre-export notices: their states and fields, what people and workers do, and the pages."""
