# backup.sh ROOT: the database into a file of its own; those of two weeks are kept.
set -eu
file=$1/backup/webapp-$(date +%Y-%m-%dT%H%M%S).dump

pg_dump -h "$1/run/db" -Fc -f "$file.new" webapp
mv "$file.new" "$file"
find "$1/backup" -name '*.dump' -mtime +14 -delete
echo "$(stat -c %s "$file") bytes in $file"
