"""What a virtual network lets out, exactly: sets of addresses, NSG rules, service tags, routes. No rows, no clock."""
