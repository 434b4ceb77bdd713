# The interface of god's first days.
God.meddle do |god|
  god.interval = 20

  god.watch do |w|
    w.name = 'early'
    w.start = '/srv/early/bin/server'
    w.start_if { |start| start.condition(:process_running) { |c| c.running = false } }
  end
end
