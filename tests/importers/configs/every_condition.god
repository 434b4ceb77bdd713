God.watch do |w|
  w.name = 'checked'
  w.start = '/srv/app/bin/app'
  w.interval = 10.seconds

  w.start_if { |on| on.condition(:process_exits) }

  w.restart_if do |on|
    on.condition(:memory_usage) { |c| c.above = 1.gigabyte; c.times = [3, 5] }
    on.condition(:cpu_usage) { |c| c.above = 50.percent; c.times = 5; c.pid_file = '/srv/app/other.pid' }
    on.condition(:tries) { |c| c.times = 100; c.within = 1.hour }
    on.condition(:http_response_code) { |c| c.host = '127.0.0.1'; c.code_is_not = %w[200 304] }
    on.condition(:socket_responding) { |c| c.socket = 'unix:/run/app.sock'; c.times = [2, 3] }
    on.condition(:disk_usage) { |c| c.mount_point = '/var'; c.above = 90 }
    on.condition(:file_mtime) { |c| c.path = '/srv/app/heartbeat'; c.max_age = 10.minutes }
    on.condition(:file_touched) { |c| c.path = '/srv/app/tmp/restart.txt'; c.interval = 5.seconds }
    on.condition(:lambda) { |c| c.lambda = lambda { File.exist?('/srv/app/stuck') } }
    on.condition(:degrading_lambda) do |c|
      c.interval = 20
      c.lambda = lambda do
        system('/srv/app/check')
      end
    end
    on.condition(:always) { |c| c.what = false }
    on.condition(:complex) do |cc|
      cc.and(:cpu_usage) { |c| c.above = 90.percent; c.times = 3 }
      cc.and_not(:file_mtime) { |c| c.path = '/srv/app/busy'; c.max_age = 60 }
    end
  end

  w.stop_if do |on|
    on.condition(:file_touched) { |c| c.path = '/srv/app/tmp/stop.txt'; c.notify = 'nobody' }
  end

  w.lifecycle do |on|
    on.condition(:flapping) do |c|
      c.from_state = :up
      c.to_state = :start
      c.times = 3
      c.within = 1.minute
      c.transition = :unmonitored
    end
  end
end
