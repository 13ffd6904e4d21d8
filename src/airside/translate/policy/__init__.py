"""One policy of Istio's rules a module: its effect on the Envoy message being built."""
