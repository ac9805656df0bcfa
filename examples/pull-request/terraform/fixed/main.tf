provider "azurerm" {
  features {}
  subscription_id = "3f6c1b2e-8a41-4d57-9c0e-5b7d2a9e1c40"
}

# The group itself belongs to the network team, and is in another state.
data "azurerm_network_security_group" "web" {
  name                = "nsg-web-eus"
  resource_group_name = "rg-net-eus"
}

# Backup writes to Azure Storage of the region, which the tag Internet includes.
resource "azurerm_network_security_rule" "allow_storage" {
  name                        = "AllowStorage"
  priority                    = 4000
  direction                   = "Outbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_port_range           = "*"
  source_address_prefix       = "*"
  destination_port_range      = "443"
  destination_address_prefix  = "Storage.EastUS"
  resource_group_name         = data.azurerm_network_security_group.web.resource_group_name
  network_security_group_name = data.azurerm_network_security_group.web.name
}

resource "azurerm_network_security_rule" "deny_internet" {
  name                        = "DenyInternet"
  priority                    = 4090
  direction                   = "Outbound"
  access                      = "Deny"
  protocol                    = "*"
  source_port_range           = "*"
  source_address_prefix       = "*"
  destination_port_range      = "*"
  destination_address_prefix  = "Internet"
  resource_group_name         = data.azurerm_network_security_group.web.resource_group_name
  network_security_group_name = data.azurerm_network_security_group.web.name
}
