God.watch do |w|
  w.name = 'sockets'
  w.start = '/srv/sockets/bin/server'
  w.start_if { |on| on.condition(:process_running) { |c| c.running = false } }

  w.restart_if do |on|
    on.condition(:socket_responding) { |c| c.port = 6379; c.responding = false }
    on.condition(:socket_responding) { |c| c.family = 'tcp'; c.addr = '10.0.0.1'; c.port = '80' }
    on.condition(:socket_responding) { |c| c.family = 'unix'; c.path = '/run/app.sock'; c.times = [3, 5] }
    on.condition(:socket_responding) { |c| c.socket = 'tcp:80'; c.responding = true }
    on.condition(:socket_responding) { |c| c.socket = 'tcp:example.org:80' }
    on.condition(:socket_responding) { |c| c.family = 'unix' }
    on.condition(:socket_responding) { |c| c.socket = 'bogus:1' }
  end
end
