"""What environment() gives in each cloud, for scopes that know the cloud.

Public Azure as Azure's page on deployment functions shows it; of the others what their own guides for developers state.
"""

from typing import Any

from scanner.sources.iac.arm.values import Value, hole, named

_PUBLIC: dict[str, Any] = {
    "name": "AzureCloud",
    "gallery": "https://gallery.azure.com/",
    "graph": "https://graph.windows.net/",
    "portal": "https://portal.azure.com",
    "graphAudience": "https://graph.windows.net/",
    "activeDirectoryDataLake": "https://datalake.azure.net/",
    "batch": "https://batch.core.windows.net/",
    "media": "https://rest.media.azure.net",
    "sqlManagement": "https://management.core.windows.net:8443/",
    "vmImageAliasDoc": "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/arm-compute/"
    "quickstart-templates/aliases.json",
    "resourceManager": "https://management.azure.com/",
    "authentication": {
        "loginEndpoint": "https://login.microsoftonline.com/",
        "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
        "tenant": "common",
        "identityProvider": "AAD",
    },
    "suffixes": {
        "acrLoginServer": ".azurecr.io",
        "azureDatalakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
        "azureDatalakeStoreFileSystem": "azuredatalakestore.net",
        "azureFrontDoorEndpointSuffix": "azurefd.net",
        "keyvaultDns": ".vault.azure.net",
        "sqlServerHostname": ".database.windows.net",
        "storage": "core.windows.net",
    },
}
_OTHERS: dict[str, dict[str, dict[str, str]]] = {
    "AzureUSGovernment": {
        "": {"resourceManager": "https://management.usgovcloudapi.net/"},
        "suffixes": {
            "acrLoginServer": ".azurecr.us",
            "keyvaultDns": ".vault.usgovcloudapi.net",
            "sqlServerHostname": ".database.usgovcloudapi.net",
            "storage": "core.usgovcloudapi.net",
        },
        "authentication": {"loginEndpoint": "https://login.microsoftonline.us/"},
    },
    "AzureChinaCloud": {
        "": {"resourceManager": "https://management.chinacloudapi.cn/"},
        "suffixes": {
            "acrLoginServer": ".azurecr.cn",
            "keyvaultDns": ".vault.azure.cn",
            "sqlServerHostname": ".database.chinacloudapi.cn",
            "storage": "core.chinacloudapi.cn",
        },
        "authentication": {"loginEndpoint": "https://login.chinacloudapi.cn/"},
    },
}
CLOUDS = ("AzureCloud", *_OTHERS)


def environment(cloud: str = "") -> dict[str, Value]:
    """Of a cloud in CLOUDS; of another, or "" for one that is not known, every text is a hole."""
    if cloud == "AzureCloud":
        return _PUBLIC
    stated = _OTHERS.get(cloud, {})
    why = f"what environment() says in {cloud} is not known" if cloud else "the cloud is not known"
    made: dict[str, Value] = {}
    for name, value in _PUBLIC.items():
        if isinstance(value, dict):
            made[name] = {each: _text(cloud, f"{name}.{each}", stated.get(name, {}).get(each), why) for each in value}
        else:
            made[name] = _text(cloud, name, stated.get("", {}).get(name), why)
    return {**made, "name": cloud} if stated else made


def _text(cloud: str, name: str, stated: str | None, why: str) -> Value:
    if stated is not None:
        return stated
    shown = f"environment({cloud}).{name}"
    return named(shown, why) if name == "authentication.audiences" else hole(shown, why)
