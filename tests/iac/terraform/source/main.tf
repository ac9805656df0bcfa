# resource "azurerm_subnet" "app" { is only a comment here
/* resource "azurerm_subnet" "app" {
*/
locals {
  text = <<-EOT
    resource "azurerm_subnet" "app" {
    ${join(",", ["}", "{"])}
  EOT
  brace = "{ ${lookup({ a = "}" }, "a", "\"{")} %{if true}x%{endif} $${"
}

resource "azurerm_subnet" "app" {
  name = "app"

  dynamic "delegation" {
    for_each = []
    content { name = "resource" }
  }
}

  resource azurerm_network_interface "nic" { # unquoted labels, and not in the first column
  }
module "vm" {
  source = "./modules/vm"
}

module "registry" {
  source  = "Azure/compute/azurerm"
}
