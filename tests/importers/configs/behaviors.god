class Shout
  def notify(message)
  end
end

God.watch do |w|
  w.name = 'daemon'
  w.start = '/srv/daemon/control start'
  w.pid_file = '/srv/daemon/daemon.pid'
  w.unix_socket = '/srv/daemon/daemon.sock'
  w.behavior(:clean_pid_file)
  w.behavior(:clean_unix_socket)
  w.behavior(:notify_when_flapping) do |b|
    b.failures = 5
    b.seconds = 60.seconds
    b.notifier = Shout.new
  end
  w.keepalive
end

God.watch do |w|
  w.name = 'foreground'
  w.start = '/srv/foreground/bin/server'
  w.behavior(:clean_pid_file)
  w.behavior(:clean_unix_socket)
  w.behavior(:unheard_of)
  w.keepalive
end
