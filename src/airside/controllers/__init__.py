"""Controllers: from what is wanted to what is there. Each is a pure `reconcile_...` from objects to changes; `run.py` feeds them."""
