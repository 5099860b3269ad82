from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from scheduling.calendly_provider.provider import CalendlyProvider

urlpatterns = default_urlpatterns(CalendlyProvider)
