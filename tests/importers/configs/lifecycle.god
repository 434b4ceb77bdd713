God.contact(:email) { |c| c.name = 'ops'; c.to_email = 'ops@example.org' }

God.watch do |w|
  w.name = 'talkative'
  w.start = '/srv/talkative/bin/server'
  w.interval = 1
  w.keepalive

  w.lifecycle do |on|
    on.condition(:always) { |c| c.what = true; c.notify = 'ops' }
    on.condition(:flapping) { |c| c.to_state = :start; c.times = 3; c.within = 60; c.notify = 'ops' }
    on.condition(:memory_usage) { |c| c.above = 2.gigabytes; c.transition = :stop; c.interval = 60 }
    on.condition(:cpu_usage) { |c| c.above = 99; c.times = [9, 10]; c.notify = 'ops' }
  end
end

God.watch do |w|
  w.name = 'flapper'
  w.start = '/srv/flapper/bin/server'
  w.keepalive
  w.lifecycle do |on|
    on.condition(:flapping) do |c|
      c.to_state = [:start, :restart]
      c.times = 4
      c.within = 2.minutes
      c.transition = :unmonitored
      c.retry_in = 5.minutes
      c.retry_times = 2
    end
  end
end
