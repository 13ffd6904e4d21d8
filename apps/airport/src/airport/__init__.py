"""An airport security system: cameras, analysis, sections, alerts and a control panel, each a service of its own.

Twelve-factor services that speak HTTP and JSON. None of them times a call out, tries it again or breaks a circuit:
that is the work of what carries their calls.
"""
