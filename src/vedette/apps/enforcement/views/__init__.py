"""The pages of records of a control, one module for each topic."""
