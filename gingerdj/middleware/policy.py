"""The header of the content security policy, which Django has since 6.0."""

from django.middleware.csp import ContentSecurityPolicyMiddleware

from gingerdj.middleware.twin import Twin, twin_of


@twin_of(ContentSecurityPolicyMiddleware)
class ContentSecurityPolicy(Twin, ContentSecurityPolicyMiddleware):
    """The policy, with its nonce: all of it is computing."""
