# Every new connection is an addition to a dynamic list.
/ip firewall filter add chain=forward connection-state=new action=add-src-to-address-list address-list=seen address-list-timeout=1h
