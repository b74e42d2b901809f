"""The REST API under `/api/v1`: what the pages show and do, for other systems, by the same rules.

An app of its own within the desk's, so that the document at `/api/v1/openapi.json` speaks of these routes alone and errors are problems
(RFC 9457) instead of pages. Whoever asks shows a token (`register.integrations`); a browser's session counts for nothing here, so that no
site can make a browser ask. No value leaves it unmasked, whatever leave the account has on the pages,
but for the rows that a department sent itself and that could not be used, which its contact gets back.
"""

from stewardship.api.app import PATH, create_api, not_there

__all__ = ["PATH", "create_api", "not_there"]
