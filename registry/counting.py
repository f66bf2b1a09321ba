"""Numbers of things in a sentence."""


def counted(number: int, one: str, many: str = "") -> str:
    """A number with what it counts: ``1 recording is``, ``2 recordings are``. many: of all but one, which may add an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
