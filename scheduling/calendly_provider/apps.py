from django.apps import AppConfig


class CalendlyProviderConfig(AppConfig):
    name = "scheduling.calendly_provider"
    label = "calendly_provider"
