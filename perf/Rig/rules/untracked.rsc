# A forwarder without state.
/ip firewall connection tracking set enabled=no
