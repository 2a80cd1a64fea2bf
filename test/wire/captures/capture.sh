#!/usr/bin/env bash
# Captures linux.pcapng anew: what Linux says to Linux, over a router, all in network namespaces of its own.
# What is to be printed of it stands beside it: `maitred print linux.pcapng > linux.txt`.
# Needs root, ip, ethtool, nft, ping, dumpcap, editcap and python3; offloads are off, so that checksums are those of the cable.
set -euo pipefail
file=$(realpath "${1:-$(dirname "$0")/linux.pcapng}")

a=maitred-a-$$ r=maitred-r-$$ b=maitred-b-$$
end() { for one in $a $r $b; do ip netns del "$one" 2>/dev/null || true; done; }
trap end EXIT
raw=$(mktemp)
for one in $a $r $b; do
  ip netns add "$one"
  ip -n "$one" link set lo up
  ip netns exec "$one" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv4.icmp_ratelimit=0
done

cable() { # namespace interface address namespace interface address
  ip -n "$1" link add "$2" type veth peer name "$5" netns "$4"
  for end in "$1 $2 $3" "$4 $5 $6"; do
    read -r in name address <<<"$end"
    ip netns exec "$in" ethtool -K "$name" rx off tx off sg off tso off gso off gro off >/dev/null
    ip -n "$in" addr add "$address" dev "$name"
    ip -n "$in" link set "$name" up
  done
}
cable $a left 10.9.1.1/24 $r inner 10.9.1.254/24
cable $r outer 10.9.2.254/24 $b right 10.9.2.1/24
ip -n $r link set outer mtu 1400
ip -n $b link set right mtu 1400
ip -n $a route add default via 10.9.1.254
ip -n $b route add default via 10.9.2.254
ip -n $a route add 10.9.2.1 via 10.9.1.254 advmss 300
ip -n $b route add 10.9.1.1 via 10.9.2.254 advmss 300
ip netns exec $r sysctl -qw net.ipv4.ip_forward=1
ip netns exec $a sysctl -qw net.ipv4.tcp_fastopen=3
ip netns exec $b sysctl -qw net.ipv4.tcp_fastopen=3
# Every seventh segment to this port is lost, so that there is something to acknowledge selectively.
ip netns exec $r nft -f - <<'NFT'
table ip loss {
  chain forward {
    type filter hook forward priority 0;
    tcp dport 5001 numgen inc mod 7 == 4 drop
  }
}
NFT

ip netns exec $b python3 - <<'PYTHON' &
import select, socket
def listening(port):
    one = socket.socket()
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)
    one.bind(("10.9.2.1", port)); one.listen()
    return one
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); datagrams.bind(("10.9.2.1", 5000))
listeners = [listening(5001), listening(5002)]
for _ in range(5):
    for one in select.select([datagrams, *listeners], [], [])[0]:
        if one is datagrams:
            said, whom = one.recvfrom(9000); one.sendto(said.upper(), whom); continue
        guest = one.accept()[0]
        while guest.recv(9000): pass
        guest.sendall(b"thank you\n"); guest.close()
PYTHON

ip netns exec $a dumpcap -q -P -i left -w "$raw" 2>/dev/null &
dumpcap=$!
sleep 2

from() { ip netns exec $a "$@" || true; }
from ping -q -c 2 -i 0.2 10.9.2.1
from ping -q -c 1 -s 3000 10.9.2.1
from ping -q -c 1 -R 10.9.2.1
from ping -q -c 1 -t 1 10.9.2.1
from ping -q -c 1 -M do -s 1450 10.9.2.1
from ping -q -c 1 10.9.3.1
from ping -q -c 1 -W 4 10.9.2.77
from python3 - <<'PYTHON'
import socket
def talk(port, *parts, flags=0):
    with socket.create_connection(("10.9.2.1", port)) as one:
        for part in parts: one.sendall(part, flags)
        one.shutdown(socket.SHUT_WR)
        while one.recv(9000): pass
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    one.settimeout(3)
    one.sendto(b"hello", ("10.9.2.1", 5000)); one.recv(9000)
    one.sendto(b"m" * 2001, ("10.9.2.1", 5000)); one.recv(9000)
    one.connect(("10.9.2.1", 4999)); one.send(b"nobody")
talk(5001, b"s" * 4000)
talk(5002, b"urgent", flags=socket.MSG_OOB)
try: talk(4999)
except ConnectionRefusedError: pass
PYTHON
from sysctl -qw net.ipv4.tcp_ecn=1 net.ipv4.tcp_timestamps=0
from python3 - <<'PYTHON'
import socket, struct
with socket.socket() as one:
    one.sendto(b"at once", socket.MSG_FASTOPEN, ("10.9.2.1", 5002))
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
PYTHON
sleep 1
kill -INT $dumpcap
wait $dumpcap || true
kill %1 2>/dev/null || true
# By way of the classic format, which knows nothing of the machine.
editcap -F pcapng "$raw" "$file"
chmod 644 "$file"
rm "$raw"
