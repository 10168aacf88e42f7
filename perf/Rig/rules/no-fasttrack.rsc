# After default.rsc: every packet takes the slow path.
/ip firewall filter set [ find action=fasttrack-connection ] disabled=yes
/ipv6 firewall filter set [ find action=fasttrack-connection ] disabled=yes
