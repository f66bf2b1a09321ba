"""What is asked by whoever watches over the machine: whether the server lives, whether it can work, and figures for Prometheus.

The only importer of prometheus_client.
"""

from collections.abc import Iterator
from http import HTTPStatus
from ipaddress import ip_address

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor.readiness import Figure, figures, not_ready
from monitor.web.problems import problem
from monitor.workspace import Workspace

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Who else than this machine asks through a proxy on it."""


def join_health(app: FastAPI, workspace: Workspace) -> None:
    """Give the application its three routes, which ask for no account and name nobody."""

    def ready() -> Response:
        if why := not_ready(workspace):
            told = {"status": "not ready", "why": why}
            return JSONResponse(told, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "30"})
        return JSONResponse({"status": "ready"})

    def metrics(request: Request) -> Response:
        if not _of_this_machine(request):
            return problem(HTTPStatus.FORBIDDEN, "Figures are for this machine alone.", "Ask from it, and past no proxy.")
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Figures(workspace))
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), media_type=kind)

    app.add_api_route("/healthz", _alive, name="alive")
    app.add_api_route("/readyz", ready, name="ready")
    app.add_api_route("/metrics", metrics, name="metrics")


def _alive() -> dict[str, str]:
    return {"status": "alive"}


def _of_this_machine(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    return ip_address(request.client.host).is_loopback


class _Figures(Collector):
    """Reads the workspace's figures each time it is asked."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for figure in figures(self._workspace):
            family = families.setdefault(figure.name, _family(figure))
            family.add_metric([figure.part] if figure.label else [], figure.value)
        yield from families.values()


def _family(figure: Figure) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"semblance_{figure.name}", figure.says, labels=[figure.label] if figure.label else [])
