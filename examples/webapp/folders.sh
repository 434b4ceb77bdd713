# folders.sh ROOT PORT APP_PORT DB_USER CACHE_USER: the folders, each its program's own, and nginx's configuration.
set -eu
root=$1 port=$2 app_port=$3 db_user=$4 cache_user=$5
here=$(dirname "$0")

install -d -m 755 "$root" "$root/run" "$root/run/nginx"
install -d -m 700 -o "$db_user" "$root/db" "$root/backup"
install -d -m 755 -o "$db_user" "$root/run/db"
install -d -m 755 -o "$cache_user" "$root/cache" "$root/run/cache"
workers=""
[ "$(id -u)" != 0 ] || workers="user www-data;"
sed -e "s|WORKERS|$workers|" -e "s|ROOT|$root|" -e "s|APP_PORT|$app_port|" -e "s|PORT|$port|" \
  "$here/nginx.conf" >"$root/nginx.conf"
