#!/usr/bin/env bash
# One queue of svartid, as it is now: reader.sh phone/personbruker/helse [--follow] [options of redis-cli]
# The password is in REDISCLI_AUTH. It exits with 1 where nothing is known. The rules are in deploy/READING.md.
# Needs bash, redis-cli or valkey-cli, jq, and timeout of coreutils.
name=$1 follow=
shift
if [[ ${1-} == --follow ]]; then follow=yes && shift; fi
key="{svartid}:now:$name"
redis=("$(command -v redis-cli || command -v valkey-cli)" "$@")

# redis-cli writes a line for each of the two keys, empty where one is not there; or an error, such as NOPERM.
words='
def found($document; $believed):
  if $document | test("^[A-Z]+ ") then "nothing is known: no answer"
  elif $believed == "" then "nothing is known: nobody writes"
  elif now * 1000 > ($believed | fromjson.until_ms | tonumber) then "nothing is known: old"
  elif $document == "" then "nothing is known: no such queue"
  else $document | fromjson
    | if .schema_version != 1 then error("another version")
      elif .waiting == null then "nobody knows who waits: \(.state)"
      else "\(.waiting) waiting"
        + (.oldest_entered_ms | if . then ", the first since \(. / 1000 | floor | strflocaltime("%H:%M:%S"))" else "" end)
        + (.expected_wait.said | if . then "; who joins waits \(.en)" else "" end)
      end
  end;
[inputs] | if length < 2 then "nothing is known: no answer"
  else try found(.[0]; .[1]) catch "nothing is known: unreadable" end'

get() { # both keys in one read, that ends below 5 s: no answer is no figure
    timeout 2 "${redis[@]}" MGET "$key" "{svartid}:now" | jq -nRr "$words"
}

listen() { # to what is announced
    exec 3< <(exec "${redis[@]}" SUBSCRIBE "$key")
    listener=$!
}

if [[ -z $follow ]]; then
    said=$(get)
    echo "$said"
    [[ $said != "nothing is known: "* ]]
    exit
fi

trap 'kill "$listener"' EXIT
listen
while true; do
    found=$(get)
    [[ $found == "$said" ]] || echo "$found"
    said=$found
    # Announcements may be lost, and nothing announces that all is old: so it looks again each second.
    if read -r -t 1 -u 3; then
        while read -r -t 0.01 -u 3; do :; done # the rest of what was announced
    elif (($? <= 128)); then # that connection is lost
        sleep 1
        listen
    fi
done
