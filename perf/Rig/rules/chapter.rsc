# The chapter's accept and drop rules, in the chain that forwarded traffic takes.
/ip firewall filter
add chain=forward connection-state=invalid action=drop comment="Drop Invalid connections"
add chain=forward connection-state=established,related,untracked action=accept comment="Allow Established/Related/Untracked connections"
/ipv6 firewall filter
add chain=forward connection-state=invalid action=drop
add chain=forward connection-state=established,related,untracked action=accept
