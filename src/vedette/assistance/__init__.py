"""The pure part of the Border Security Initiative: questionnaires, scores, action plans, training,
certificates, equipment and results. The package does not import Django, and reads or writes no files."""
