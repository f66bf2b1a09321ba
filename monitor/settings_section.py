"""What every section of the settings is."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Base of all sections: immutable, and a key nobody knows is an error, not a guess."""

    model_config = ConfigDict(frozen=True, extra="forbid")
