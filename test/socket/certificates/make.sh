#!/bin/sh
# Makes the certificates beside it anew. They are kept, so that no test needs openssl, and are valid from 2000 to 2100,
# whatever the clock of the machine says: all but `expired`.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/ca.cnf" <<END
[ca]
default_ca = here
[here]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = anybody
unique_subject = no
[anybody]
commonName = supplied
END
: >"$work/index"

# issue NAME COMMON-NAME LAST-YEAR "EXTENSIONS" SIGNER…
issue() {
  name=$1 common=$2 last=$3 extensions=$4
  shift 4
  openssl ecparam -name prime256v1 -genkey -noout -out "$name.key"
  openssl req -new -key "$name.key" -subj "/CN=$common" -out "$work/$name.csr"
  printf "$extensions" >"$work/$name.ext"
  openssl ca -batch -notext -config "$work/ca.cnf" -startdate 20000101000000Z -enddate "${last}0101000000Z" \
    -extfile "$work/$name.ext" -in "$work/$name.csr" -out "$name.crt" "$@"
}

server='basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName='
us='DNS:localhost,IP:127.0.0.1,IP:::1'
issue ca "maitred test CA" 2100 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash' -selfsign -keyfile ca.key
issue localhost localhost 2100 "$server$us" -cert ca.crt -keyfile ca.key
issue other other.test 2100 "${server}DNS:other.test" -cert ca.crt -keyfile ca.key
issue expired localhost 2001 "$server$us" -cert ca.crt -keyfile ca.key
issue self localhost 2100 "$server$us" -selfsign -keyfile self.key
rm ca.key
