God.watch do |w|
  w.name = 'strange'
  w.start = '/srv/strange/bin/server "unclosed'
  w.interval = 0
  w.stop_signal = 'BOGUS'
  w.stop_timeout = 1.5
  w.start_grace = -1
  w.log = '~/strange.log'
  w.env = 'RAILS_ENV=production'
  w.umask = nil
  w.start_if { |on| on.condition(:process_running) { |c| c.running = false } }
  w.restart_if do |on|
    on.condition(:memory_usage) { |c| c.above = 150 * 1024 * 1024 * 1024; c.times = 2 }
    on.condition(:memory_usage) { |c| c.above = '200'; c.times = [5, 3] }
    on.condition(:cpu_usage) { |c| c.above = 10; c.times = 0 }
    on.condition(:cpu_usage) { |c| c.times = 3 }
    on.condition(:disk_usage) { |c| c.above = 100; c.mount_point = '/' }
    on.condition(:file_touched) { |c| c.path = 'tmp/restart.txt' }
    on.condition(:tries)
    on.condition(:http_response_code) { |c| c.code_is = 200 }
    on.condition(:memory_usage) { |c| c.above = 5.megabytes; c.times = 'often' }
    on.condition(:memory_usage) { |c| c.above = 5.megabytes; c.interval = -3; c.wobble = 4 }
  end
end

God.watch do |w|
  w.name = 'no'
  w.start = 'true'
end
