"""Rules of load balancing: one algorithm, sound hashing, localities that do not overlap."""

from __future__ import annotations

from datetime import timedelta

from airside.resources.destination_rule import ConsistentHash, LoadBalancer, LocalityDistribute, LocalityFailover, LocalityLb, Warmup
from airside.resources.paths import key_path
from airside.validate.finding import Finding, Findings
from airside.validate.unsupported import UNSUPPORTED

_MAX_TABLE = 5_000_011


def check_load_balancer(balancer: LoadBalancer, path: str, ejects: bool) -> Findings:
    """`ejects`: whether outlier detection stands beside; without it nothing fails over."""
    if balancer.simple == "PASSTHROUGH":
        yield Finding(
            "AIR0040", f"{path}.simple", f"PASSTHROUGH: {UNSUPPORTED}: no call has an original destination; one is chosen at random"
        )
    if balancer.simple is not None and balancer.consistent_hash is not None:
        yield Finding("AIR1211", path, "simple and consistentHash exclude each other")
    if balancer.consistent_hash is not None:
        yield from _check_hash(balancer.consistent_hash, f"{path}.consistentHash")
    if balancer.warmup is not None:
        yield from _check_warmup(balancer.warmup, f"{path}.warmup")
    if balancer.locality_lb_setting is not None:
        yield from _check_locality(balancer.locality_lb_setting, f"{path}.localityLbSetting", ejects)
        if balancer.zone_aware_lb_setting is not None:
            yield Finding("AIR1211", path, "localityLbSetting and zoneAwareLbSetting exclude each other")


def _check_hash(by: ConsistentHash, path: str) -> Findings:
    keys = {
        "httpHeaderName": by.http_header_name,
        "httpCookie": by.http_cookie,
        "useSourceIp": by.use_source_ip,
        "httpQueryParameterName": by.http_query_parameter_name,
    }
    given = [name for name, value in keys.items() if value is not None]
    if len(given) > 1:
        yield Finding("AIR1210", path, f"{' and '.join(given)} at once; calls are hashed by one of {', '.join(keys)}")
    if by.ring_hash is not None and by.maglev is not None:
        yield Finding("AIR1210", path, "ringHash and maglev exclude each other")
    if by.minimum_ring_size and (by.ring_hash is not None or by.maglev is not None):
        yield Finding(
            "AIR1210", f"{path}.minimumRingSize", "an older form of ringHash.minimumRingSize; leave it out beside ringHash or maglev"
        )
    if by.http_cookie is not None:
        if not by.http_cookie.name:
            yield Finding("AIR1210", f"{path}.httpCookie.name", "required")
        names = [attribute.name for attribute in by.http_cookie.attributes]
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Finding("AIR1210", f"{path}.httpCookie.attributes[{index}]", f'the attribute "{name}" is here twice')
    if by.maglev is not None and "table_size" in by.maglev.model_fields_set:
        size = by.maglev.table_size
        if not 0 < size < _MAX_TABLE or not _is_prime(size):
            yield Finding(
                "AIR1210", f"{path}.maglev.tableSize", f"expected a prime below {_MAX_TABLE} (Envoy's own is 65537), found {size}"
            )


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def _check_warmup(warmup: Warmup, path: str) -> Findings:
    if warmup.duration < timedelta(seconds=1):
        yield Finding("AIR1212", f"{path}.duration", "at least 1s")
    if warmup.aggression is not None and warmup.aggression <= 0:
        yield Finding("AIR1212", f"{path}.aggression", f"expected more than 0, found {warmup.aggression:g}")


def _check_locality(setting: LocalityLb, path: str, ejects: bool) -> Findings:
    if setting.distribute and setting.failover:
        yield Finding("AIR1213", path, "distribute and failover exclude each other")
    if setting.distribute and setting.failover_priority:
        yield Finding("AIR1213", path, "distribute and failoverPriority exclude each other")
    yield from _check_overlaps([rule.from_ for rule in setting.distribute], f"{path}.distribute")
    for index, rule in enumerate(setting.distribute):
        yield from _check_distribute(rule, f"{path}.distribute[{index}]")
    for index, failover in enumerate(setting.failover):
        yield from _check_failover(failover, f"{path}.failover[{index}]")
    if (setting.failover or setting.failover_priority) and not ejects:
        yield Finding("AIR1214", path, "failover needs outlierDetection in the same policy: without it no endpoint ever counts as down")


def _check_distribute(rule: LocalityDistribute, path: str) -> Findings:
    yield from _check_overlaps(list(rule.to), f"{path}.to")
    for locality, weight in rule.to.items():
        if not 1 <= weight <= 100:
            yield Finding("AIR1213", key_path(f"{path}.to", locality), f"expected a share of 1 to 100, found {weight}")
    if rule.to and sum(rule.to.values()) != 100:
        yield Finding("AIR1213", f"{path}.to", f"the shares add up to {sum(rule.to.values())}, not 100")


def _check_overlaps(localities: list[str], path: str) -> Findings:
    for index, locality in enumerate(localities):
        if "*" in locality.removesuffix("*") or (locality.endswith("*") and len(locality) > 1 and not locality.endswith("/*")):
            yield Finding("AIR1213", path, f'"{locality}": a wildcard is the last part of a locality, as in region/zone/*')
        for other in localities[:index]:
            if _inside(locality, other) or _inside(other, locality):
                yield Finding("AIR1213", path, f'"{locality}" and "{other}" overlap')


def _inside(locality: str, pattern: str) -> bool:
    """Whether the pattern, a locality that may end in a wildcard, covers all of the other."""
    wide = pattern.removesuffix("*").rstrip("/")
    return locality == pattern or (locality + "/").startswith(wide + "/") or not wide


def _check_failover(rule: LocalityFailover, path: str) -> Findings:
    if rule.from_ == rule.to:
        yield Finding("AIR1213", path, f'from and to are the same region, "{rule.to}"')
    for field, region in (("from", rule.from_), ("to", rule.to)):
        if "/" in region or "*" in region:
            yield Finding("AIR1213", f"{path}.{field}", f'"{region}": a region only, without zone or wildcard')
