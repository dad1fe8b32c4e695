"""The statistical model that learns from the results of controls of goods. The model is never applied to
natural persons.

`mapping` assigns the columns of a national export to the columns of the model, and `history` reads the
export. `features` converts columns to groups of levels. A level is one value or one band of amounts of a
column, or a combination of such values of several columns. `kernel` estimates the effects of the levels.
`model` fits, stores, loads and applies a model. `watch` reports changes after the period of the history, and
`card` writes the model card.
"""
