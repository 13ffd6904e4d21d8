"""CorsPolicy to the cors filter's configuration of one route."""

from __future__ import annotations

from envoy.config.route.v3.route_components_pb2 import Route
from envoy.extensions.filters.http.cors.v3.cors_pb2 import CorsPolicy as EnvoyCors

from airside.resources.virtual_service import CorsPolicy
from airside.translate.match import set_string

CORS_FILTER = "envoy.filters.http.cors"


def apply_cors(route: Route, cors: CorsPolicy | None) -> None:
    if cors is None:
        return
    built = EnvoyCors()
    for origin in cors.allow_origins:
        set_string(built.allow_origin_string_match.add(), origin)
    built.allow_methods = ",".join(cors.allow_methods)
    built.allow_headers = ",".join(cors.allow_headers)
    built.expose_headers = ",".join(cors.expose_headers)
    if cors.max_age is not None:
        built.max_age = str(int(cors.max_age.total_seconds()))
    if cors.allow_credentials is not None:
        built.allow_credentials.value = cors.allow_credentials
    built.filter_enabled.default_value.numerator = 100
    built.forward_not_matching_preflights.value = cors.unmatched_preflights != "IGNORE"
    route.typed_per_filter_config[CORS_FILTER].Pack(built)
