# each.sh SPECS… -- COMMAND…: runs `COMMAND SPECS=x` for each of the specs, two at a time, their output one after another.
specs=
while [ "$1" != -- ]; do
  specs="$specs $1"
  shift
done
shift
printf '%s\n' $specs | xargs -P2 -I{} sh -c '
  out=$(mktemp)
  spec=$1
  shift
  "$@" SPECS="$spec" >"$out" 2>&1
  status=$?
  cat "$out"
  rm -f "$out"
  exit $status' each {} "$@"
