#!/usr/bin/env bash
# Two agencies, three gates, a witness and a care leaver: each a process with a folder of its own, which sees nothing of
# the others' but what is handed to it. Messages are carried by pipes here; by ssh or a queue it is the same.
#
#   bash examples/region.sh FOLDER [COMMAND]      (COMMAND: the billetbook command, `billetbook` where it is on the path)
set -euo pipefail
folder=$1 command=${2:-billetbook}
here=$(cd "$(dirname "$0")" && pwd)
mkdir "$folder" && cd "$folder"
bb() { "$command" "$@"; }
say() { printf '\n-- %s\n' "$*"; }
fingerprint() { bb --json "$@" | sed -n 's/.*"fingerprint":"\([^"]*\)".*/\1/p'; }
mkdir post school council nhs police university leaver
for party in school council nhs police university; do
  head -c 24 /dev/urandom | base64 > $party/pw && chmod 600 $party/pw
done

say "each agency makes its keys and folders; what is public goes by post, fingerprints by telephone"
bb book init school/book --name "Oakfield School" --organisation oakfield --policy "$here/policy.toml" --passphrase-file school/pw
bb book init council/book --name "Westshire Council" --organisation westshire --policy "$here/policy.toml" --passphrase-file council/pw
for host in nhs police university; do
  bb keygen --role root --name "$host" --out $host/root --passphrase-file $host/pw > /dev/null
  cp $host/root.root post/$host.root
done
for host in nhs police; do
  bb gate init $host/gate --name "$host gate" --root $host/root.keystore --root-passphrase-file $host/pw --passphrase-file $host/pw
  cp $host/gate/gate.key post/$host.key
done
bb witness init university/witness --name witness.example/university --root university/root.keystore \
  --root-passphrase-file university/pw --passphrase-file university/pw
cp university/witness/witness.vkey post/
cp council/book/card post/council.card
cp school/book/card post/school.card
school_print=$(fingerprint book show school/book) council_print=$(fingerprint book show council/book)

say "they accept each other"
bb book accept post/council.card --from "$council_print" --book school/book --passphrase-file school/pw
bb book accept post/school.card --from "$school_print" --book council/book --passphrase-file council/pw
for host in nhs police; do
  print=$(fingerprint keys show post/$host.root)
  for agency in school council; do
    bb book accept post/$host.root --from "$print" --book $agency/book --passphrase-file $agency/pw
    bb book accept post/$host.key --book $agency/book --passphrase-file $agency/pw
  done
done

say "the school's log is witnessed at the university, and its records lie behind its own gate and two of others"
bb witness trust post/school.card --from "$school_print" --to university/witness
bb book witnesses --book school/book --passphrase-file school/pw \
  --witness "post/witness.vkey=$command witness cosign university/witness --passphrase-file university/pw"
cp school/book/card post/school.card
bb book accept post/school.card --from "$school_print" --book council/book --passphrase-file council/pw
for host in nhs police; do
  bb gate trust post/school.card --from "$school_print" --to $host/gate
  bb gate trust post/council.card --from "$council_print" --to $host/gate
done
bb book gates --book school/book --passphrase-file school/pw --own 1 \
  --gate "post/nhs.key=$command gate handle nhs/gate --passphrase-file nhs/pw" \
  --gate "post/police.key=$command gate handle police/gate --passphrase-file police/pw"
bb book add "$here/record.json" --subject 0017 --book school/book --passphrase-file school/pw

say "the council asks, the school grants, a social worker opens"
bb request --book council/book --of oakfield --about R-0017 --section health --role social_worker \
  --purpose section_47_enquiry --basis public_task:ca1989_s47 --article-9 safeguarding_of_children \
  --passphrase-file council/pw -o post/1.request
echo "Strategy discussion of today." > school/why
bb grant post/1.request --book school/book --subject 0017 --opens 2 --why school/why --passphrase-file school/pw -o post/1.grant
bb open post/1.grant --book council/book --out council/opened --passphrase-file council/pw \
  --through "$command book answer --book school/book --passphrase-file school/pw"

say "one gate is away: two of three are enough"
mv police/gate police/away
bb open post/1.grant --book council/book --out council/again --passphrase-file council/pw \
  --through "$command book answer --book school/book --passphrase-file school/pw"
mv police/away police/gate

say "what is over is ended"
bb revoke --book school/book --entry 0 --reason purpose_served --why school/why --passphrase-file school/pw

say "years later: who saw my file? The care leaver checks the log's copy against the university's signature"
bb history --subject 0017 --book school/book --passphrase-file school/pw --html leaver/history.html
bb audit export --book school/book -o leaver/copy --passphrase-file school/pw
bb audit verify leaver/copy --card post/school.card
