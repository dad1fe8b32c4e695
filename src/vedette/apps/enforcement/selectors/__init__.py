"""The queries about records of a control, one module for each topic."""
