God.watch do |w|
  w.name = 'my app: web/1'
  w.start = ['/srv/web/bin/web', '--port', '80']
  w.keepalive
end

God.watch do |w|
  w.name = 'jailed'
  w.start = '/bin/server'
  w.chroot = '/srv/jail'
  w.uid = 1001
  w.gid = 1002
  w.umask = '077'
  w.env = { 'ONE' => 1 }
  w.log = '/srv/jail/var/log/server.log'
  w.log_cmd = '/usr/bin/logger -t server'
  w.err_log_cmd = '/usr/bin/logger -t server -p err'
  w.stop_signal = :SIGUSR1
  w.stop = ''
  w.autostart = true
  w.unix_socket = '/run/server.sock'
  w.dir = 'relative/dir'
  w.colour = 'blue'
  w.keepalive
end
