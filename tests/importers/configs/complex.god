God.watch do |w|
  w.name = 'complex'
  w.start = '/srv/complex/bin/server'
  w.interval = 5
  w.transition(:up, :start) { |on| on.condition(:process_exits) }

  w.transition(:up, :restart) do |on|
    on.condition(:complex) do |cc|
      cc.this(:always) { |c| c.what = true }
      cc.and(:cpu_usage) { |c| c.above = 0; c.times = 1 }
      cc.or(:memory_usage) { |c| c.above = 10.megabytes; c.times = 3 }
      cc.or_not(:socket_responding) { |c| c.socket = 'tcp:80'; c.responding = true }
      cc.and(:file_touched) { |c| c.path = '/srv/x' }
      cc.interval = 30
    end

    on.condition(:complex) do |cc|
      cc.or_not(:disk_usage) { |c| c.mount_point = '/'; c.above = 5 }
    end

    on.condition(:complex) do |cc|
      cc.and(:memory_usage) { |c| c.above = 200.megabytes }
      cc.and(:complex) do |inner|
        inner.or(:cpu_usage) { |c| c.above = 50.percent }
        inner.or(:always) { |c| c.what = false }
      end
    end

    on.condition(:complex) do |cc|
      cc.and(:memory_usage) { |c| c.above = 200.megabytes }
      cc.and(:process_running) { |c| c.running = true }
    end

    on.condition(:complex) do |cc|
      cc.and(:lambda) { |c| c.lambda = proc { true } }
      cc.and(:memory_usage) { |c| c.above = 200.megabytes }
    end

    on.condition(:complex)
  end
end
