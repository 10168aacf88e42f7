# The chapter's FastTrack example, for both families.
/ip firewall filter add chain=forward action=fasttrack-connection connection-state=established,related
/ip firewall filter add chain=forward action=accept connection-state=established,related
/ipv6 firewall filter add chain=forward action=fasttrack-connection connection-state=established,related
/ipv6 firewall filter add chain=forward action=accept connection-state=established,related
