"""World: services, workloads, endpoints and policies as frozen values derived from resources."""
