"""Where the API lies, and what its operations are called."""

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute

from monitor.web.asked import Asking


def router() -> APIRouter:
    """For the routes of one part of the API."""
    return APIRouter(prefix="/v1", generate_unique_id_function=operation_of, dependencies=[Depends(_admitted)])


def open_router() -> APIRouter:
    """For routes that answer whoever asks."""
    return APIRouter(prefix="/v1", generate_unique_id_function=operation_of)


def _admitted(asked: Asking) -> None:
    """Before anything that was sent is judged: what is wrong with it is for those who may send it."""
    asked.admitted()


def operation_of(route: APIRoute) -> str:
    """A route's name as the API's document has it."""
    return route.name.removeprefix("api.").replace(".", "_")
