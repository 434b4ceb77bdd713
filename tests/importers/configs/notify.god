God.contact(:email) { |c| c.name = 'tom'; c.group = 'developers'; c.to_email = 'tom@example.org' }
God.contact(:email) { |c| c.name = 'van pelt'; c.group = 'developers'; c.to_email = 'vanpelt@example.org' }
God.contact(:email) { |c| c.name = 'kevin'; c.group = 'platform team'; c.to_email = 'kevin@example.org' }
God.contact(:campfire) { |c| c.name = 'room'; c.subdomain = 'x'; c.token = 'secret'; c.room = 'ops' }

God.watch do |w|
  w.name = 'told'
  w.start = '/srv/told/bin/server'

  w.transition(:init, true => :up, false => :start) do |on|
    on.condition(:process_running) { |c| c.running = true }
  end

  w.transition(:up, :start) do |on|
    on.condition(:process_exits) do |c|
      c.notify = { :contacts => ['tom', 'developers'], :priority => 1, :category => 'product' }
    end
  end

  w.transition(:up, :restart) do |on|
    on.condition(:memory_usage) { |c| c.above = 100.megabytes; c.notify = ['van pelt', 'kevin', 'room'] }
    on.condition(:cpu_usage) { |c| c.above = 90.percent; c.notify = { :contacts => 'platform team' } }
    on.condition(:disk_usage) { |c| c.above = 90; c.mount_point = '/'; c.notify = 'room' }
    on.condition(:file_touched) { |c| c.path = '/srv/x'; c.notify = 'unknown' }
    on.condition(:always) { |c| c.what = false; c.notify = { :contacts => 'tom', :urgency => 'high' } }
  end

  w.lifecycle do |on|
    on.condition(:flapping) do |c|
      c.to_state = [:restart, :start]
      c.times = 5
      c.within = 1.minute
      c.retry_in = 5.minutes
      c.transition = :unmonitored
      c.notify = :tom
    end
    on.condition(:disk_usage) { |c| c.above = 80; c.mount_point = '/'; c.notify = 'kevin' }
  end
end
