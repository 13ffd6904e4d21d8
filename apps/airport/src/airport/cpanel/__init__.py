"""Control panel: the latest statistics and the latest alert on one page, and the switch for all cameras.

Version 1 shows text, later ones the photos too. All replicas of all versions share one database.
"""
