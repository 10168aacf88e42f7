# After default.rsc: a route for each of the 65,536 networks the clients are in, over 16 next hops.
:for hop from=16 to=31 do={
  /ip arp add address="192.168.88.$hop" interface=bridge mac-address=02:00:00:00:00:02
}
:for a from=0 to=255 do={
  :for b from=0 to=255 do={
    :local hop (16 + (($a * 7 + $b) % 16))
    /ip route add dst-address="10.$a.$b.0/24" gateway="192.168.88.$hop"
  }
}
