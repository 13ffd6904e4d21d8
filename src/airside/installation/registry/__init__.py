"""The registry of claims that all installations of a machine share."""
