"""What proxies refuse now, kept as a status condition on the Istio objects it was made from."""
