variable "x" {}
data "azurerm_subnet" "vm" {}
resource "azurerm_linux_virtual_machine" "vm" {
}
