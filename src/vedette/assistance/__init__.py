"""The calculations of the Border Security Initiative: questionnaires, scores, action plans, training,
certificates, equipment and results. The package does not import Django, and does not read or write files.
"""
