God.watch do |w|
  w.name = 'failsafe'
  w.start = '/srv/failsafe/bin/server'
  w.interval = 30.seconds
  w.transition(:init, { true => :up, false => :start }) do |on|
    on.condition(:process_running) { |c| c.running = true }
  end
  w.transition([:start, :restart], :up) do |on|
    on.condition(:process_running) { |c| c.running = true }
    on.condition(:tries) { |c| c.times = 8; c.within = 2.minutes; c.transition = :start }
  end
  w.transition(:up, :start) { |on| on.condition(:process_exits) }
end
