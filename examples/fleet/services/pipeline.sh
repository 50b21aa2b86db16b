#!/bin/sh
# pipeline (dreamPipeline): turns every dreams/*.txt into out/*.md, for ever. A plain command: it speaks no protocol and
# opens no port; all that is known of it is that it runs, what it uses and what it logs.
set -u
dreams=${DREAMS_DIR:-dreams}
out=${OUT_DIR:-out}
every=${PIPELINE_EVERY:-2}

log() { printf 'pipeline %s\n' "$*"; }

[ -d "$dreams" ] || { log "refused-to-start because='$dreams' is not a folder"; exit 1; }
mkdir -p "$out" || { log "refused-to-start because='$out' cannot be made"; exit 1; }

nap=
trap 'log "stopping signal=TERM"; [ -n "$nap" ] && kill "$nap" 2>/dev/null; exit 0' TERM INT

# A title from the first line, the text, and how long it is. Written aside and moved, so a reader never sees half of it.
dream() {
  name=$(basename "$1" .txt)
  words=$(wc -w <"$1" | tr -d ' ')
  {
    printf '# %s\n\n' "$(head -n 1 "$1")"
    tail -n +2 "$1"
    printf '\n_%s words_\n' "$words"
  } >"$out/.$name.tmp" && mv "$out/.$name.tmp" "$out/$name.md" && log "dreamed name=$name words=$words"
}

log "started pid=$$ dreams=$dreams out=$out"
while :; do
  for file in "$dreams"/*.txt; do
    [ -f "$file" ] || continue
    target=$out/$(basename "$file" .txt).md
    if [ ! -f "$target" ] || [ "$file" -nt "$target" ]; then dream "$file" || log "failed file=$file"; fi
  done
  # In the background, so that a signal is heard at once and not after the nap.
  sleep "$every" & nap=$!
  wait "$nap"
  nap=
done
