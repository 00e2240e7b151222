#!/bin/bash
# Start a real S3 with two regions on loopback: Ceph, with a zonegroup us-east-1 and one eu-central-1.
#
#   ceph-two-regions.sh DIR MON US EU     an empty folder with a short path, and three free ports
#
# Needs root, and the packages radosgw ceph-mon ceph-osd ceph-mgr ceph-common ceph-base. It takes 20
# seconds. Stop it by ending the processes in DIR/run/*.pid; after half an hour it stops by itself.
set -euo pipefail
D=${1:?usage: ceph-two-regions.sh DIR MON US EU} MON=$2 US=$3 EU=$4
mkdir -p $D/{mon,osd,mgr,run}; cd $D
FSID=$(cat /proc/sys/kernel/random/uuid)
cat > ceph.conf <<C
[global]
fsid = $FSID
mon host = v1:127.0.0.1:$MON
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
auth supported = none
run dir = $D/run
admin socket = $D/run/\$name.\$pid.asok
pid file = $D/run/\$name.pid
log file = $D/run/\$name.log
osd pool default size = 1
osd pool default min size = 1
osd crush chooseleaf type = 0
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
mon warn on pool no redundancy = false
mon allow pool delete = true
mon max pg per osd = 2000
ms bind msgr2 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
mon data avail crit = 1
mon data avail warn = 2
[mon.a]
mon data = $D/mon
[osd]
osd data = $D/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd max object name len = 256
osd max object namespace len = 64
[client]
keyring = $D/keyring
rgw frontends = beast endpoint=127.0.0.1:$US
rgw enable usage log = false
rgw crypt require ssl = false
rgw thread pool size = 32
C
export CEPH_CONF=$D/ceph.conf
touch keyring
monmaptool --create --clobber --fsid $FSID --addv a "v1:127.0.0.1:$MON" monmap >/dev/null
ceph-mon -c ceph.conf --mkfs -i a --monmap monmap
ceph-mon -c ceph.conf -i a
U=$(cat /proc/sys/kernel/random/uuid); timeout 30 ceph -c ceph.conf osd new $U
ceph-osd -c ceph.conf -i 0 --mkfs --osd-uuid $U 
# Now and then it speaks before the monitor has told it the cluster's id ("wrong fsid").
for attempt in $(seq 20); do
  ceph-osd -c ceph.conf -i 0 && break
  [ "$attempt" -lt 20 ] || exit 1
  sleep .2
done
timeout 30 ceph -c ceph.conf osd crush add osd.0 1.0 root=default host=h
export CEPH_CONF=$D/ceph.conf
A="radosgw-admin -c $D/ceph.conf"
$A realm create --rgw-realm=r --default >/dev/null
$A zonegroup create --rgw-zonegroup=us-east-1 --master --default --endpoints=http://127.0.0.1:$US >/dev/null
$A zone create --rgw-zonegroup=us-east-1 --rgw-zone=us-z --master --default --endpoints=http://127.0.0.1:$US --access-key=SYSKEY --secret=SYSSECRET >/dev/null
$A user create --uid=sys --display-name=sys --system --access-key=SYSKEY --secret=SYSSECRET >/dev/null
$A user create --uid=app --display-name=app --access-key=AKIDEXAMPLE0000 --secret=secretsecret0000 >/dev/null
$A period update --commit >/dev/null
$A zonegroup create --rgw-zonegroup=eu-central-1 --endpoints=http://127.0.0.1:$EU >/dev/null
$A zone create --rgw-zonegroup=eu-central-1 --rgw-zone=eu-z --master --endpoints=http://127.0.0.1:$EU --access-key=SYSKEY --secret=SYSSECRET >/dev/null
$A user create --rgw-zonegroup=eu-central-1 --rgw-zone=eu-z --yes-i-really-mean-it --uid=sys --display-name=sys --system --access-key=SYSKEY --secret=SYSSECRET >/dev/null
$A user create --rgw-zonegroup=eu-central-1 --rgw-zone=eu-z --yes-i-really-mean-it --uid=app --display-name=app --access-key=AKIDEXAMPLE0000 --secret=secretsecret0000 >/dev/null
$A period update --commit >/dev/null
radosgw -c ceph.conf -n client.us --rgw-realm=r --rgw-zonegroup=us-east-1 --rgw-zone=us-z --rgw-frontends="beast endpoint=127.0.0.1:$US"
radosgw -c ceph.conf -n client.eu --rgw-realm=r --rgw-zonegroup=eu-central-1 --rgw-zone=eu-z --rgw-frontends="beast endpoint=127.0.0.1:$EU"

# Whoever started it may have been killed: nothing is left behind.
# (`read` waits as `sleep` would, and is no process of its own that could be left behind.)
(read -rt 1800 <> <(:) || cat run/*.pid | xargs -r kill) </dev/null >/dev/null 2>&1 &
echo $! > run/watchdog.pid
for _ in $(seq 200); do
  (echo > /dev/tcp/127.0.0.1/$US) 2>/dev/null && (echo > /dev/tcp/127.0.0.1/$EU) 2>/dev/null && exit
  sleep .1
done
echo "the gateways do not answer" >&2
exit 1
