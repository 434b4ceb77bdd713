God.watch do |w|
  w.name = 'everything'
  w.group = 'backend'
  w.interval = 7.5
  w.autostart = false
  w.start = '/srv/app/control start'
  w.stop = '/srv/app/control stop'
  w.restart = '/srv/app/control restart'
  w.pid_file = '/srv/app/app.pid'
  w.grace = 1
  w.start_grace = 2.seconds
  w.stop_grace = 90.seconds
  w.restart_grace = 1.hour
  w.uid = 'ada'
  w.gid = 'staff'
  w.dir = '/srv/app'
  w.env = { 'RAILS_ENV' => 'production', :PORT => 8080, 'EMPTY' => nil, 'DEBUG' => true,
            'ODD' => "it's \"quoted\" {{ and }} # more: so" }
  w.umask = 0022
  w.log = '/var/log/app.log'
  w.err_log = '/var/log/app.err'
  w.stop_signal = 'QUIT'
  w.stop_timeout = 45.seconds
  w.unix_socket = '/srv/app/app.sock'
  w.behavior(:clean_pid_file)
  w.behavior(:clean_unix_socket)
  w.keepalive
end
