/** A connection's life, as scenes: RFC 9293 §3.5 to §3.10, with RFC 1122's, 5961's and 7323's rules. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { TcpConnection } from "../../src/tcp/connection.ts";
import { ACK, SYN, segmentOf } from "../../src/wire/tcp-segment.ts";
import { play, scene } from "./scene.ts";

/** A round trip of 100 ms, so that the time-out is 300 ms. */
const ACTIVE = `
open
>  SYN      seq=0 win=65535 mss=1000
+100
<  SYN,ACK  seq=0 ack=1 win=10000 mss=1000
>  ACK      seq=1 ack=1
=  ESTABLISHED
`;

const PASSIVE = `
listen
<  SYN      seq=0 win=10000 mss=1000
>  SYN,ACK  seq=0 ack=1 win=65535 mss=1000
=  SYN-RECEIVED
+100
<  ACK      seq=1 ack=1 win=10000
=  ESTABLISHED
`;

// ── opening ──

scene("active open (§3.5, figure 6)", ACTIVE);
scene("passive open", PASSIVE);

scene(
  "both open at once (figure 7, MUST-10)",
  `
open
>  SYN      seq=0
<  SYN      seq=0 win=10000 mss=1000
>  SYN,ACK  seq=0 ack=1
=  SYN-RECEIVED
<  SYN,ACK  seq=0 ack=1 win=10000
=  ESTABLISHED
write "hi"
>  PSH,ACK  seq=1 ack=1 "hi"
`,
);

scene(
  "both open at once, and the peer's SYN,ACK is lost: its ACK, or data, does as well",
  `
open
>  SYN      seq=0
<  SYN      seq=0 win=10000 mss=1000
>  SYN,ACK  seq=0 ack=1
<  PSH,ACK  seq=1 ack=1 win=10000 "hi"
=  ESTABLISHED
read "hi"
+40
>  ACK      seq=1 ack=3
`,
);

scene(
  "nobody answers: the SYN goes again, and again, for three minutes (MUST-23)",
  `
open
>  SYN  seq=0
+1s
>  SYN  seq=0
+2s
>  SYN  seq=0
+4s
>  SYN  seq=0
+8s
>  SYN  seq=0
+16s
>  SYN  seq=0
+32s
>  SYN  seq=0
+64s
>  SYN  seq=0
+53s
fails ETIMEDOUT
wakes never
`,
);

scene(
  "who has knocked and gone away is forgotten after a minute",
  `
listen
<  SYN      seq=0 win=10000 mss=1000
>  SYN,ACK  seq=0
+1s
>  SYN,ACK  seq=0
+2s
>  SYN,ACK  seq=0
+4s
>  SYN,ACK  seq=0
+8s
>  SYN,ACK  seq=0
+16s
>  SYN,ACK  seq=0
+32s
>  RST,ACK  seq=1 ack=1
fails ETIMEDOUT
`,
);

scene(
  "where the SYN had to be sent again, data is waited for longer (RFC 6298 §5.7)",
  `
open
>  SYN      seq=0
+1s
>  SYN      seq=0
+100
<  SYN,ACK  seq=0 ack=1 win=10000
>  ACK      seq=1 ack=1
write "hi"
>  PSH,ACK  seq=1 "hi"
+3s
>  PSH,ACK  seq=1 "hi"
`,
);

scene(
  "our SYN,ACK was lost: the SYN comes again, and is answered again, at once",
  `
listen
<  SYN      seq=0 win=10000 mss=1000
>  SYN,ACK  seq=0 ack=1
+500
<  SYN      seq=0 win=10000 mss=1000
>  SYN,ACK  seq=0 ack=1
<  ACK      seq=1 ack=1 win=10000
=  ESTABLISHED
`,
);

scene(
  "our ACK was lost: the SYN,ACK comes again, and is answered",
  `${ACTIVE}
<  SYN,ACK  seq=0 ack=1 win=10000
>  ACK      seq=1 ack=1
=  ESTABLISHED
`,
);

scene(
  "refused",
  `
open
>  SYN      seq=0
<  RST,ACK  seq=0 ack=1
fails ECONNREFUSED
wakes never
`,
);

scene(
  "a reset that does not acknowledge our SYN is somebody else's (§3.10.7.3)",
  `
open
>  SYN      seq=0
<  RST,ACK  seq=0 ack=2
<  RST      seq=0
<  RST,ACK  seq=0 ack=0
=  SYN-SENT
`,
);

scene(
  "an ACK of what we never sent gets a reset, and we go on (figure 9, §3.10.7.3)",
  `
open
>  SYN      seq=0
<  SYN,ACK  seq=500 ack=4711 win=10000
>  RST      seq=4711
<  ACK      seq=500 ack=300 win=10000
>  RST      seq=300
=  SYN-SENT
<  SYN,ACK  seq=0 ack=1 win=10000
>  ACK      seq=1 ack=1
=  ESTABLISHED
`,
);

scene(
  "an old duplicate of a SYN was answered: the peer resets it, and it is over (figure 8)",
  `
listen
<  SYN      seq=90 win=10000 mss=1000
>  SYN,ACK  seq=0 ack=91
<  RST      seq=91
fails ECONNRESET
`,
);

scene(
  "in SYN-RECEIVED, an ACK of what we never sent gets a reset, and we go on (§3.10.7.4)",
  `
listen
<  SYN      seq=0 win=10000 mss=1000
>  SYN,ACK  seq=0 ack=1
<  ACK      seq=1 ack=2 win=10000
>  RST      seq=2
<  ACK      seq=1 ack=4294967295 win=10000
>  RST      seq=4294967295
=  SYN-RECEIVED
<  ACK      seq=1 ack=1 win=10000
=  ESTABLISHED
`,
);

scene(
  "who has opened, and met another who opens, is refused by a reset",
  `
open
>  SYN      seq=0
<  SYN      seq=0 win=10000 mss=1000
>  SYN,ACK  seq=0 ack=1
<  RST      seq=1
fails ECONNREFUSED
`,
);

scene(
  "the peer has begun anew and knows nothing of us: its SYN is challenged, and its reset believed (§3.5.1, RFC 5961 §4)",
  `${ACTIVE}
<  SYN  seq=7000 win=10000 mss=1000
>  ACK  seq=1 ack=1
<  RST  seq=1
fails ECONNRESET
`,
);

scene(
  "closed before anybody has answered: nobody needs to know (§3.10.4)",
  `
open
>  SYN  seq=0
end
closed
wakes never
`,
);

scene(
  "closed while it opens: the FIN goes behind what is written, when it stands",
  `
listen
<  SYN      seq=0 win=10000 mss=1000
>  SYN,ACK  seq=0 ack=1
write "bye"
end
<  ACK          seq=1 ack=1 win=10000
>  FIN,PSH,ACK  seq=1 ack=1 "bye"
=  FIN-WAIT-1
`,
);

scene(
  "what is written before it stands goes when it does (§3.10.2)",
  `
open
>  SYN      seq=0
write "early"
+100
<  SYN,ACK  seq=0 ack=1 win=10000
>  PSH,ACK  seq=1 ack=1 "early"
`,
);

scene(
  "the first ACK may bring data and a FIN along",
  `
listen
<  SYN          seq=0 win=10000 mss=1000
>  SYN,ACK      seq=0 ack=1
<  FIN,PSH,ACK  seq=1 ack=1 win=10000 "hi"
>  ACK          seq=1 ack=4
=  CLOSE-WAIT
read "hi"
hears the end
`,
);

scene(
  "a peer that says no size takes segments of 536 bytes (MUST-15)",
  `
open
>  SYN      seq=0 mss=1000
<  SYN,ACK  seq=0 ack=1 win=10000 mss=none
>  ACK      seq=1 ack=1
write 1000
>  ACK      seq=1 len=536
>  PSH,ACK  seq=537 len=464
`,
);

scene(
  "timestamps take their room from the payload (RFC 9293 MUST-16, RFC 6691)",
  `
open
>  SYN      seq=0 mss=1000 ts=0 echo=0
+100
<  SYN,ACK  seq=0 ack=1 win=10000 mss=1000 ts=70 echo=0
>  ACK      seq=1 ack=1 ts=100 echo=70
write 1000
>  ACK      seq=1 len=988 ts=100 echo=70
>  PSH,ACK  seq=989 len=12 ts=100 echo=70
`,
  { hasTimestamps: true },
);

scene(
  "windows are scaled but in SYNs (RFC 7323 §2.2), ours by seven bits, theirs by two",
  `
open
>  SYN      seq=0 win=65535 scale=7
<  SYN,ACK  seq=0 ack=1 win=1000 mss=1000 scale=2
>  ACK      seq=1 ack=1 win=1024
write 8000
>  ACK      seq=1 len=1000
<  ACK      seq=1 ack=1001 win=1000
>  ACK      seq=1001 len=1000 x4
`,
  { hasWindowScale: true },
);

// ── talking ──

scene(
  "data is acknowledged with data, or after a little while, or every second segment (§3.8.6.3)",
  `${PASSIVE}
<  PSH,ACK  seq=1 ack=1 win=10000 "ping"
read "ping"
write "pong"
>  PSH,ACK  seq=1 ack=5 "pong"
<  PSH,ACK  seq=5 ack=5 win=10000 "more"
+40
>  ACK      seq=5 ack=9
<  ACK      seq=9 ack=5 win=10000 len=1000
<  ACK      seq=1009 ack=5 win=10000 len=1000
>  ACK      seq=5 ack=2009
`,
);

scene(
  "what is ahead of its turn is answered at once, and read when its turn has come",
  `${PASSIVE}
<  PSH,ACK  seq=6 ack=1 win=10000 "world"
>  ACK      seq=1 ack=1
read nothing
<  PSH,ACK  seq=1 ack=1 win=10000 "hello"
>  ACK      seq=1 ack=11
read "helloworld"
`,
);

scene(
  "a duplicate is answered at once, and not heard twice",
  `${PASSIVE}
<  PSH,ACK  seq=1 ack=1 win=10000 "hello"
+40
>  ACK      seq=1 ack=6
<  PSH,ACK  seq=1 ack=1 win=10000 "hello"
>  ACK      seq=1 ack=6
read "hello"
`,
);

scene(
  "a duplicate is reported where reports were agreed on (RFC 2883 §4.1)",
  `
listen
<  SYN      seq=0 win=10000 mss=1000 sackok
>  SYN,ACK  seq=0 ack=1 sackok
<  ACK      seq=1 ack=1 win=10000
<  PSH,ACK  seq=1 ack=1 win=10000 "hello"
+40
>  ACK      seq=1 ack=6 sack=none
<  PSH,ACK  seq=1 ack=1 win=10000 "hello"
>  ACK      seq=1 ack=6 sack=1-6
<  PSH,ACK  seq=11 ack=1 win=10000 "world"
>  ACK      seq=1 ack=6 sack=11-16
`,
  { hasSack: true },
);

scene(
  "short segments wait for each other (Nagle, SHLD-7), full ones do not, and the last of all does not either",
  `${PASSIVE}
write 10
>  PSH,ACK      seq=1 len=10
write 20
write 30
<  ACK          seq=1 ack=11 win=10000
>  PSH,ACK      seq=11 len=50
write 1000
>  PSH,ACK      seq=61 len=1000
write 5
end
>  FIN,PSH,ACK  seq=1061 len=5
`,
);

scene(
  "without Nagle, they do not wait (MUST-17)",
  `${PASSIVE}
noDelay
write 10
>  PSH,ACK  seq=1 len=10
write 20
>  PSH,ACK  seq=11 len=20
`,
);

scene(
  "urgent data is marked, and heard of (§3.8.5)",
  `${PASSIVE}
write "now" urgently
>  PSH,ACK,URG  seq=1 urg=3 "now"
<  ACK          seq=1 ack=4 win=10000
write "later"
>  PSH,ACK      seq=4 urg=0 "later"
`,
);

// ── the window ──

scene(
  "no more goes than the peer has room for, and a window that opens lets more go",
  `${PASSIVE.replaceAll("10000", "2500")}
write 5000
>  ACK      seq=1 len=1000 x2
<  ACK      seq=1 ack=2001 win=2500
>  ACK      seq=2001 len=1000 x2
<  ACK      seq=1 ack=4001 win=1000
>  PSH,ACK  seq=4001 len=1000
`,
);

scene(
  "a closed window is asked after, twice as long each time, for ever (MUST-36, MUST-37, SHLD-29, SHLD-30)",
  `${PASSIVE.replaceAll("10000", "1000")}
write 2000
>  ACK  seq=1 len=1000
+100
<  ACK  seq=1 ack=1001 win=0
+300
>  ACK  seq=1001 len=1
+10
<  ACK  seq=1 ack=1001 win=0
+590
>  ACK  seq=1001 len=1
<  ACK  seq=1 ack=1001 win=0
+1200
>  ACK  seq=1001 len=1
<  ACK  seq=1 ack=1001 win=0
+2400
>  ACK  seq=1001 len=1
<  ACK  seq=1 ack=1001 win=0
+4800
>  ACK  seq=1001 len=1
<  ACK  seq=1 ack=1001 win=1000
>  PSH,ACK  seq=1001 len=1000
`,
);

scene(
  "the peer takes the byte that asks: it does not go again",
  `${PASSIVE.replaceAll("10000", "1000")}
write 2000
>  ACK      seq=1 len=1000
+100
<  ACK      seq=1 ack=1001 win=0
+300
>  ACK      seq=1001 len=1
<  ACK      seq=1 ack=1002 win=5000
>  PSH,ACK  seq=1002 len=999
`,
);

scene(
  "who does not answer such questions either is given up",
  `${PASSIVE.replaceAll("10000", "1000")}
userTimeout 1000
write 2000
>  ACK      seq=1 len=1000
+100
<  ACK      seq=1 ack=1001 win=0
+300
>  ACK      seq=1001 len=1
+600
>  ACK      seq=1001 len=1
+400
>  RST,ACK  seq=1001
fails ETIMEDOUT
`,
);

scene(
  "a FIN asks as well, where nothing else is left and there is no window",
  `${PASSIVE.replaceAll("10000", "1000")}
write 1000
>  PSH,ACK  seq=1 len=1000
end
+100
<  ACK      seq=1 ack=1001 win=0
+300
>  FIN,ACK  seq=1001
<  ACK      seq=1 ack=1002 win=0
=  FIN-WAIT-2
`,
);

scene(
  "both ask with a FIN: whoever speaks from before his, since he does not know that we took it, is heard",
  `${PASSIVE.replaceAll("10000", "1000")}
write 1000
>  PSH,ACK  seq=1 len=1000
end
+100
<  ACK      seq=1 ack=1001 win=0
+300
>  FIN,ACK  seq=1001 ack=1
<  FIN,ACK  seq=1 ack=1001 win=0
>  ACK      seq=1001 ack=2
=  CLOSING
<  ACK      seq=1 ack=1002 win=500
>  ACK      seq=1002 ack=2
=  TIME-WAIT
`,
);

scene(
  "a window that shrinks is borne: what is beyond is not sent again sooner, and the connection stands (MUST-34)",
  `${PASSIVE.replaceAll("10000", "4000")}
write 4000
>  ACK      seq=1 len=1000 x3
>  PSH,ACK  seq=3001 len=1000
<  ACK      seq=1 ack=1001 win=500
+10
<  ACK      seq=1 ack=4001 win=500
=  ESTABLISHED
`,
);

scene(
  "no crumbs into a window that opens by crumbs (MUST-38), unless nothing else comes for a while",
  `${PASSIVE.replaceAll("10000", "1000")}
write 2000
>  ACK  seq=1 len=1000
+100
<  ACK  seq=1 ack=1001 win=100
<  ACK  seq=1 ack=1001 win=499
+300
>  ACK  seq=1001 len=499
`,
);

scene(
  "our window closes when nobody reads; what comes then is answered, and there is a word when somebody has read (MUST-39)",
  `
listen
<  SYN      seq=0 win=10000 mss=1000
>  SYN,ACK  seq=0 ack=1 win=2000
<  ACK      seq=1 ack=1 win=10000
<  ACK      seq=1 ack=1 win=10000 len=1000 x2
>  ACK      seq=1 ack=2001 win=0
<  ACK      seq=2001 ack=1 win=10000 len=1
>  ACK      seq=1 ack=2001 win=0
read 2000
>  ACK      seq=1 ack=2001 win=2000
<  ACK      seq=2001 ack=1 win=10000 len=1
+40
>  ACK      seq=1 ack=2002
`,
  { receiveBuffer: 2000, largestReceiveBuffer: 2000 },
);

scene(
  "where our window is closed, an ACK is heard all the same (§3.10.7.4)",
  `
listen
<  SYN      seq=0 win=10000 mss=1000
>  SYN,ACK  seq=0 ack=1 win=1000
<  ACK      seq=1 ack=1 win=10000
<  ACK      seq=1 ack=1 win=10000 len=1000
+40
>  ACK      seq=1 ack=1001 win=0
write "hello"
>  PSH,ACK  seq=1 "hello"
<  ACK      seq=1001 ack=6 win=10000 len=1
>  ACK      seq=6 ack=1001 win=0
+10min
`,
  { receiveBuffer: 1000, largestReceiveBuffer: 1000 },
);

// ── closing ──

scene(
  "closed here first (§3.6, figure 12)",
  `${ACTIVE}
end
>  FIN,ACK  seq=1 ack=1
=  FIN-WAIT-1
<  ACK      seq=1 ack=2 win=10000
=  FIN-WAIT-2
<  FIN,ACK  seq=1 ack=2 win=10000
>  ACK      seq=2 ack=2
=  TIME-WAIT
hears the end
+59s
=  TIME-WAIT
+1s
closed
wakes never
`,
);

scene(
  "closed there first",
  `${ACTIVE}
<  FIN,ACK  seq=1 ack=1 win=10000
>  ACK      seq=1 ack=2
=  CLOSE-WAIT
hears the end
end
>  FIN,ACK  seq=1 ack=2
=  LAST-ACK
<  ACK      seq=2 ack=2 win=10000
closed
wakes never
`,
);

scene(
  "both close at once (figure 13)",
  `${ACTIVE}
end
>  FIN,ACK  seq=1 ack=1
<  FIN,ACK  seq=1 ack=1 win=10000
>  ACK      seq=2 ack=2
=  CLOSING
<  ACK      seq=2 ack=2 win=10000
=  TIME-WAIT
+60s
closed
`,
);

scene(
  "the FIN acknowledges ours: right into TIME-WAIT",
  `${ACTIVE}
end
>  FIN,ACK  seq=1 ack=1
<  FIN,ACK  seq=1 ack=2 win=10000
>  ACK      seq=2 ack=2
=  TIME-WAIT
`,
);

scene(
  "half closed here: the other may talk for as long as it likes (§3.6, “half-closed”)",
  `${ACTIVE}
end
>  FIN,ACK  seq=1 ack=1
<  ACK      seq=1 ack=2 win=10000
+10min
<  PSH,ACK  seq=1 ack=2 win=10000 "still here"
read "still here"
+40
>  ACK      seq=2 ack=11
+60min
=  FIN-WAIT-2
<  FIN,ACK  seq=11 ack=2 win=10000
>  ACK      seq=2 ack=12
=  TIME-WAIT
`,
);

scene(
  "half closed there: we may talk for as long as we like",
  `${ACTIVE}
<  FIN,ACK  seq=1 ack=1 win=10000
>  ACK      seq=1 ack=2
+10min
write "still here"
>  PSH,ACK  seq=1 ack=2 "still here"
<  ACK      seq=2 ack=11 win=10000
end
>  FIN,ACK  seq=11 ack=2
<  ACK      seq=2 ack=12 win=10000
closed
`,
);

scene(
  "a FIN that is lost goes again, and so does data before it",
  `${ACTIVE}
write "bye"
>  PSH,ACK      seq=1 "bye"
end
>  FIN,ACK      seq=4
+300
>  PSH,ACK      seq=1 "bye"
>  FIN,ACK      seq=4
<  ACK          seq=1 ack=5 win=10000
=  FIN-WAIT-2
`,
);

scene(
  "our last ACK was lost: the FIN comes again, is answered again, and the minute begins anew",
  `${ACTIVE}
end
>  FIN,ACK  seq=1 ack=1
<  FIN,ACK  seq=1 ack=2 win=10000
>  ACK      seq=2 ack=2
+50s
<  FIN,ACK  seq=1 ack=2 win=10000
>  ACK      seq=2 ack=2
+59s
=  TIME-WAIT
+1s
closed
`,
);

scene(
  "a reset does not end TIME-WAIT (RFC 1337)",
  `${ACTIVE}
end
>  FIN,ACK  seq=1 ack=1
<  FIN,ACK  seq=1 ack=2 win=10000
>  ACK      seq=2 ack=2
<  RST      seq=2
<  RST,ACK  seq=2 ack=2
=  TIME-WAIT
`,
);

scene(
  "a FIN ahead of its turn ends nothing yet",
  `${ACTIVE}
<  FIN,ACK  seq=6 ack=1 win=10000
>  ACK      seq=1 ack=1
=  ESTABLISHED
<  PSH,ACK  seq=1 ack=1 win=10000 "hello"
>  ACK      seq=1 ack=7
=  CLOSE-WAIT
read "hello"
hears the end
`,
);

scene(
  "data behind a FIN is ignored (§3.10.7.4, step 7)",
  `${ACTIVE}
<  FIN,ACK  seq=1 ack=1 win=10000
>  ACK      seq=1 ack=2
<  PSH,ACK  seq=2 ack=1 win=10000 "more"
read nothing
=  CLOSE-WAIT
`,
);

scene(
  "the FIN waits for what is written, and goes with the last of it",
  `${PASSIVE.replaceAll("10000", "1500")}
write 2000
>  ACK          seq=1 len=1000
end
=  FIN-WAIT-1
<  ACK          seq=1 ack=1001 win=1500
>  FIN,PSH,ACK  seq=1001 len=1000
`,
);

// ── leaving ──

scene(
  "closed with something unread: the peer gets a reset, but all that was written first (§3.6.1 MUST-13, RFC 2525 §2.17)",
  `${PASSIVE}
<  PSH,ACK  seq=1 ack=1 win=10000 "hello"
write "bye"
>  PSH,ACK  seq=1 ack=6 "bye"
close
>  FIN,ACK  seq=4 ack=6
<  ACK      seq=6 ack=4 win=10000
>  RST,ACK  seq=5 ack=6
fails ECONNABORTED
`,
);

scene(
  "closed, and the other goes on talking: it gets a reset (SHLD-3)",
  `${PASSIVE}
close
>  FIN,ACK  seq=1 ack=1
<  ACK      seq=1 ack=2 win=10000
<  PSH,ACK  seq=1 ack=2 win=10000 "hello?"
>  RST,ACK  seq=2 ack=7
fails ECONNABORTED
`,
);

scene(
  "closed, and the other never closes: it is forgotten after a minute",
  `${PASSIVE}
close
>  FIN,ACK  seq=1 ack=1
<  ACK      seq=1 ack=2 win=10000
+60s
closed
`,
);

scene(
  "closed, and the other never has room for what was written: it is held by that for five minutes, not for ever (RFC 6429)",
  `${PASSIVE.replaceAll("10000", "1000")}
userTimeout 2000
write 2000
>  ACK      seq=1 len=1000
+100
<  ACK      seq=1 ack=1001 win=0
close
+300
>  ACK      seq=1001 len=1
<  ACK      seq=1 ack=1001 win=0
+600
>  ACK      seq=1001 len=1
<  ACK      seq=1 ack=1001 win=0
+1200
>  ACK      seq=1001 len=1
<  ACK      seq=1 ack=1001 win=0
+200
>  RST,ACK  seq=1001
fails ETIMEDOUT
`,
);

scene(
  "left at once: the peer is told (§3.10.5)",
  `${PASSIVE}
write 3000
>  ACK      seq=1 len=1000 x2
>  PSH,ACK  seq=2001 len=1000
reset
>  RST,ACK  seq=3001 ack=1
fails ECONNABORTED
wakes never
`,
);

scene(
  "left before it stood: nobody is told",
  `
open
>  SYN  seq=0
reset
fails ECONNABORTED
`,
);

// ── when nobody answers ──

scene(
  "what is never acknowledged ends it, after as long as the application wants (RFC 5482, MUST-21)",
  `${PASSIVE}
userTimeout 2000
write "hello"
>  PSH,ACK  seq=1 "hello"
+300
>  PSH,ACK  seq=1 "hello"
+600
>  PSH,ACK  seq=1 "hello"
+1100
>  RST,ACK  seq=6
fails ETIMEDOUT
`,
);

scene(
  "nobody is asked whether he lives, unless the application wants to know (MUST-24, MUST-25)",
  `${PASSIVE}
wakes never
`,
);

scene(
  "whoever is asked and answers, lives; whoever does not answer a few times, does not (MUST-26, MUST-27)",
  `${PASSIVE}
keepAlive 10000 1000 2
+10s
>  ACK      seq=0 ack=1
<  ACK      seq=1 ack=1 win=10000
+10s
>  ACK      seq=0 ack=1
+1s
>  ACK      seq=0 ack=1
+1s
>  RST,ACK  seq=1 ack=1
fails ETIMEDOUT
`,
);

scene(
  "asked whether we live, we answer (§3.8.4)",
  `${PASSIVE}
<  ACK  seq=0 ack=1 win=10000
>  ACK  seq=1 ack=1
<  ACK  seq=0 ack=1 win=10000 len=1
>  ACK  seq=1 ack=1
`,
);

scene(
  "the network says it cannot be: who has not been answered gives up, if that is for good (§3.9.2.2)",
  `
open
>  SYN  seq=0
unreachable EHOSTUNREACH soft
=  SYN-SENT
unreachable ECONNREFUSED hard
fails ECONNREFUSED
`,
);

scene(
  "a connection that stands outlives it (MUST-56), and if nobody is heard any more, that was the reason",
  `${PASSIVE}
userTimeout 1000
write "hello"
>  PSH,ACK  seq=1 "hello"
unreachable EHOSTUNREACH hard
=  ESTABLISHED
+300
>  PSH,ACK  seq=1 "hello"
+600
>  PSH,ACK  seq=1 "hello"
+100
>  RST,ACK  seq=6
fails EHOSTUNREACH
`,
);

// ── attacks ──

scene(
  "a reset counts only at the very number that is due; elsewhere in the window it is asked back (RFC 5961 §3.2)",
  `${PASSIVE}
<  RST  seq=2
>  ACK  seq=1 ack=1
<  RST  seq=65535
>  ACK  seq=1 ack=1
<  RST  seq=0
<  RST  seq=70000
=  ESTABLISHED
<  RST  seq=1
fails ECONNRESET
`,
);

scene(
  "who is asked back gets ten answers in five seconds (RFC 5961 §7)",
  `${PASSIVE}
<  RST  seq=2
>  ACK  seq=1 ack=1
<  RST  seq=2
>  ACK  seq=1 ack=1
<  SYN  seq=2
>  ACK  seq=1 ack=1
<  SYN  seq=2000000000
>  ACK  seq=1 ack=1
<  RST  seq=2
>  ACK  seq=1 ack=1
<  RST  seq=2
>  ACK  seq=1 ack=1
<  RST  seq=2
>  ACK  seq=1 ack=1
<  RST  seq=2
>  ACK  seq=1 ack=1
<  RST  seq=2
>  ACK  seq=1 ack=1
<  RST  seq=2
>  ACK  seq=1 ack=1
<  RST  seq=2 x20
<  SYN  seq=2 x20
+5s
<  RST  seq=2
>  ACK  seq=1 ack=1
`,
);

scene(
  "data that acknowledges what was never sent, or what is older than any window, is not heard (RFC 5961 §5.2)",
  `${PASSIVE}
<  PSH,ACK  seq=1 ack=2 win=10000 "evil"
>  ACK      seq=1 ack=1
<  PSH,ACK  seq=1 ack=4294950000 win=10000 "evil"
>  ACK      seq=1 ack=1
read nothing
<  PSH,ACK  seq=1 ack=4294960000 win=10000 "old, but not too old"
read "old, but not too old"
+40
>  ACK      seq=1 ack=21
`,
);

scene(
  "an old duplicate from another round of the numbers is known by its timestamp (PAWS, RFC 7323 §5)",
  `
listen
<  SYN      seq=0 win=10000 mss=1000 ts=500 echo=0
>  SYN,ACK  seq=0 ack=1 ts=0 echo=500
<  ACK      seq=1 ack=1 win=10000 ts=500 echo=0
<  PSH,ACK  seq=1 ack=1 win=10000 ts=499 echo=0 "evil"
>  ACK      seq=1 ack=1 echo=500
read nothing
<  PSH,ACK  seq=1 ack=1 win=10000 ts=501 echo=0 "good"
read "good"
<  PSH,ACK  seq=5 ack=1 win=10000 "none"
read nothing
+40
>  ACK      seq=1 ack=5 echo=501
`,
  { hasTimestamps: true },
);

scene(
  "one ACK for two segments echoes the first: it has waited longer (RFC 7323 §4.3)",
  `
listen
<  SYN      seq=0 win=10000 mss=1000 ts=500 echo=0
>  SYN,ACK  seq=0 ack=1 ts=0 echo=500
<  ACK      seq=1 ack=1 win=10000 ts=500 echo=0
<  ACK      seq=1 ack=1 win=10000 ts=510 echo=0 len=988
<  ACK      seq=989 ack=1 win=10000 ts=520 echo=0 len=988
>  ACK      seq=1 ack=1977 echo=510
`,
  { hasTimestamps: true },
);

// ── what cannot be said in a scene ──

test("numbers wrap in the middle of everything", () => {
  const connection = play(
    `
open
>  SYN      seq=4294967290
+100
<  SYN,ACK  seq=4294967294 ack=4294967291 win=10000 mss=1000
>  ACK      seq=4294967291 ack=4294967295
write "hello, world"
>  PSH,ACK  seq=4294967291 "hello, world"
<  PSH,ACK  seq=4294967295 ack=7 win=10000 "hello"
+40
>  ACK      seq=7 ack=4
read "hello"
end
>  FIN,ACK  seq=7 ack=4
<  FIN,ACK  seq=4 ack=8 win=10000
>  ACK      seq=8 ack=5
`,
    { isn: 4294967290 },
  );
  equal(connection.state, "TIME-WAIT");
});

test("who is vouched for by a cookie stands at once, with what it has brought along", () => {
  const syn = segmentOf({ from: 1000, to: 80, seq: 0, flags: SYN, mss: 1000 });
  const ack = segmentOf({ from: 1000, to: 80, seq: 1, ack: 1, flags: ACK, window: 5000, payload: Uint8Array.of(1, 2) });
  const connection = TcpConnection.resume(syn, ack, { isn: 0, mss: 1000 }, 0);
  equal(connection.state, "ESTABLISHED");
  deepEqual([...connection.read(0)!], [1, 2]);
  connection.write(Uint8Array.of(3));
  const [answer] = connection.take(0);
  deepEqual([answer!.seq, answer!.ack, answer!.flags & SYN], [1, 3, 0]);
});

test("what can no more be said is refused", () => {
  const connection = play(PASSIVE);
  equal(connection.isWritable, true);
  equal(connection.write(new Uint8Array(0)), true);
  connection.end();
  equal(connection.write(Uint8Array.of(1)), false);
  equal(connection.isWritable, false);
  connection.end();
  equal(connection.state, "FIN-WAIT-1");
});

test("there is news when there is: connected, readable, acknowledged, ended, failed", () => {
  const connection = TcpConnection.open(1, 2, { isn: 0, mss: 1000, hasTimestamps: false }, 0);
  const come = (fields: object): boolean => {
    connection.take(0);
    connection.hasNews = false;
    connection.receive(segmentOf({ from: 2, to: 1, window: 5000, ...fields }), 0);
    return connection.hasNews;
  };
  equal(come({ seq: 0, ack: 1, flags: SYN | ACK }), true);
  equal(come({ seq: 1, ack: 1, flags: ACK }), false);
  equal(come({ seq: 2, ack: 1, flags: ACK, payload: Uint8Array.of(2) }), false);
  equal(come({ seq: 1, ack: 1, flags: ACK, payload: Uint8Array.of(1) }), true);
  connection.write(Uint8Array.of(1));
  equal(come({ seq: 3, ack: 2, flags: ACK }), true);
  equal(come({ seq: 3, ack: 2, flags: ACK | 1 }), true);
  equal(come({ seq: 4, ack: 2, flags: 4 }), true);
  equal(connection.failure, "ECONNRESET");
});

test("three time-outs in a row are told (RFC 9293 MUST-20, MUST-47)", () => {
  const connection = play(`${PASSIVE}
write "hello"
>  PSH,ACK  seq=1 "hello"
+300
>  PSH,ACK  seq=1 "hello"
+600
>  PSH,ACK  seq=1 "hello"
`);
  deepEqual([connection.hasDoubts, connection.trouble], [false, undefined]);
  connection.tick(100 + 300 + 600 + 1200);
  deepEqual([connection.hasDoubts, connection.trouble], [true, "ETIMEDOUT"]);
});

test("an ICMP error must quote what is under way, else it is made up (RFC 5927 §4.1)", () => {
  const connection = play(`${PASSIVE}
write "hello"
>  PSH,ACK  seq=1 "hello"
`);
  for (const [seq, hasUnderWay] of [
    [0, false],
    [1, true],
    [5, true],
    [6, false],
    [2 ** 31, false],
  ] as const)
    equal(connection.hasUnderWay(seq), hasUnderWay);
  const opening = TcpConnection.open(1, 2, { isn: 7, mss: 1000 }, 0);
  deepEqual([opening.hasUnderWay(7), opening.hasUnderWay(8)], [true, false]);
});

test("a path does not become wider by being told that it is narrow", () => {
  const connection = play(PASSIVE);
  connection.narrow(9000);
  equal(connection.sender.mss, 1000);
  connection.narrow(640);
  equal(connection.sender.mss, 600);
  connection.narrow(1000);
  equal(connection.sender.mss, 600);
});

test("idle, it is small, and sleeps", () => {
  const connection = play(PASSIVE);
  equal(connection.wakeAt, undefined);
  equal(connection.sender.flights.isEmpty, true);
  ok(connection.take(1e6).length === 0);
});
