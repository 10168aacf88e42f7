# After default.rsc: addresses stay as they are.
/ip firewall nat set [ find chain=srcnat ] disabled=yes
