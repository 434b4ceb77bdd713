God.watch do |w|
  w.name = 'odd'
  w.start = '/srv/odd/control start'
  w.stop = '/srv/odd/control stop'
  w.pid_file = '/srv/odd/odd.pid'
  w.interval = 5
  w.behavior(:clean_pid_file)

  w.transition(:init, { true => :up, false => :start }) do |on|
    on.condition(:process_running) { |c| c.running = true }
  end
  w.transition(:start, :up) do |on|
    on.condition(:file_mtime) { |c| c.path = '/srv/odd/ready'; c.max_age = 60 }
    on.condition(:tries) { |c| c.times = 3; c.within = 1.minute; c.transition = :stop }
  end
  w.transition(:restart, :restart) do |on|
    on.condition(:tries) { |c| c.times = 5 }
  end
  w.transition(:up, { true => :restart, false => :stop }) do |on|
    on.condition(:memory_usage) { |c| c.above = 50.megabytes; c.times = [3, 5] }
  end
  w.transition(:up, :unmonitored) { |on| on.condition(:process_exits) }
  w.transition(:up, :nirvana) { |on| on.condition(:process_exits) }
  w.transition(:up, :restart) { |on| on.condition(:flapping) { |c| c.to_state = :start; c.times = 2; c.within = 9 } }
  w.transition(:stop, :start)
  w.transition(:up, :stop) { |on| on.condition(:process_running) { |c| c.running = true } }
end

God.watch do |w|
  w.name = 'no-init'
  w.start = '/srv/no-init'
  w.transition([:start, :restart], :start) { |on| on.condition(:tries) { |c| c.times = 3 } }
  w.transition(:up, :start) { |on| on.condition(:process_exits) }
  w.keepalive(:memory_max => 5.megabytes)
end
