"""The xDS transport protocol, delta ADS. It knows no mesh: names, versions, bytes, scopes."""
