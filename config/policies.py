"""What browsers may do on our pages: the content security policy, wider in the admin alone, and the permissions policy."""

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class Policies(CSPMiddleware):
    """Sends both policies with every answer."""

    def get_policy_parts(self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False) -> PolicyParts:
        """The policy of settings; the admin's pages get what Unfold needs besides."""
        parts = super().get_policy_parts(request, response, report_only)
        match = request.resolver_match
        if not report_only and match is not None and {"admin", "second-factor"} & set(match.namespaces):
            parts.update = {**settings.ADMIN_SECURITY_POLICY, **(parts.update or {})}
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer with its policies."""
        response.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return super().process_response(request, response)
