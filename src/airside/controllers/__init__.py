"""Deployment -> ReplicaSet -> Pod, Service -> EndpointSlice: pure reconcile."""
