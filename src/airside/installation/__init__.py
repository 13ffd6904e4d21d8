"""One installation on this machine: where its files lie and which settings it runs under."""
