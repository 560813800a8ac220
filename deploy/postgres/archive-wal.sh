#!/bin/sh
# PostgreSQL's archive_command: archive-wal.sh %p %f /path/of/the/archive
#
# Copies one finished WAL segment to the archive and succeeds only when it is durable there under its name. A segment
# that is there already is fine when it is the same, as after a crash between the copy and PostgreSQL's note of it; it is
# never written over. On failure PostgreSQL keeps the segment and tries again.
set -eu
segment=$1
target=$3/$2
if [ -f "$target" ]; then
  exec cmp -s "$segment" "$target"
fi
cp "$segment" "$target.part"
sync "$target.part"
mv "$target.part" "$target"
sync "$3"
