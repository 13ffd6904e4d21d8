"""Retries: HttpRetry, or the profile's default, to an Envoy RetryPolicy."""

from __future__ import annotations

from envoy.config.route.v3.route_components_pb2 import RetryPolicy, RouteAction
from envoy.extensions.retry.host.previous_hosts.v3.previous_hosts_pb2 import PreviousHostsPredicate
from envoy.extensions.retry.priority.previous_priorities.v3.previous_priorities_config_pb2 import PreviousPrioritiesConfig

from airside.resources.virtual_service import HttpRetry
from airside.translate.profile import Profile
from airside.translate.wire import set_duration

_STATUS_CODES = "retriable-status-codes"


def apply_retries(action: RouteAction, retry: HttpRetry | None, profile: Profile, *, hashed: bool) -> None:
    """`hashed`: the endpoint follows from the request, so avoiding hosts already tried makes no sense."""
    attempts = retry.attempts if retry is not None else profile.attempts
    if attempts <= 0:
        return  # zero attempts turn the default off too
    policy = action.retry_policy
    policy.num_retries.value = attempts
    policy.host_selection_retry_max_attempts = 5
    _set_conditions(policy, retry.retry_on if retry is not None and retry.retry_on else profile.retry_on)
    if not hashed and (retry is None or retry.retry_ignore_previous_hosts is not False):
        predicate = policy.retry_host_predicate.add(name="envoy.retry_host_predicates.previous_hosts")
        predicate.typed_config.Pack(PreviousHostsPredicate())
    if retry is None:
        return
    if retry.per_try_timeout is not None:
        set_duration(policy.per_try_timeout, retry.per_try_timeout)
    if retry.backoff is not None:
        set_duration(policy.retry_back_off.base_interval, retry.backoff)
    if retry.retry_remote_localities:
        policy.retry_priority.name = "envoy.retry_priorities.previous_priorities"
        policy.retry_priority.typed_config.Pack(PreviousPrioritiesConfig(update_frequency=2))


def _set_conditions(policy: RetryPolicy, retry_on: str) -> None:
    """Numbers among the conditions are status codes to retry on."""
    conditions: list[str] = []
    for word in (part.strip() for part in retry_on.split(",")):
        if word.isdigit() and 100 <= int(word) <= 599:
            policy.retriable_status_codes.append(int(word))
        elif word:
            conditions.append(word)
    if policy.retriable_status_codes and _STATUS_CODES not in conditions:
        conditions.append(_STATUS_CODES)
    policy.retry_on = ",".join(conditions)
