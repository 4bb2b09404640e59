"""Named refusals of the site room."""

from core.base.errors import NotFound, Refused


class PageNotFound(NotFound):
    code = "page_not_found"


class VersionNotFound(NotFound):
    code = "version_not_found"


class NothingToPublish(Refused):
    code = "nothing_to_publish"


class AddressTaken(Refused):
    code = "address_taken"
