"""The matcher's errors."""

from registry.errors import ExitCode, SemblanceError


class MatcherError(SemblanceError):
    """Root of the matcher's errors."""


class MediaUnreadable(MatcherError):
    """A file that holds no picture we can decode."""


class NoPictures(MediaUnreadable):
    """A file that has no sequence of pictures at all, as music has none."""


class NoMedia(MediaUnreadable):
    """A file that is none of the kinds that hold pictures or sound in streams."""


class ReferenceRefused(MatcherError):
    """A picture that cannot serve as a reference: no face, two faces, too small, nothing to recognise."""


class PackError(MatcherError):
    """A pack that is missing, incomplete or not permitted here."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class PackDamaged(PackError):
    """A model file whose digest is not the one its pack promises."""

    exit_code = ExitCode.DAMAGED


class NothingInIt(ReferenceRefused):
    """A sample that lacks what one recogniser needs, and that others may use: a clip without sound."""
