"""The actions of officers on records of a control, one module for each topic."""
