"""The model that learns from the results of controls of goods. It is never applied to persons as such.

`mapping` says which column of a national export is which column of the model, and `history` reads the
export. `features` makes groups of levels from the columns, `kernel` estimates their effects, and `model`
fits, stores, loads and applies a model. `watch` reports changes after the period of the history, and `card`
writes the model card.
"""
