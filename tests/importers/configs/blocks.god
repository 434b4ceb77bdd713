def stop_it
  true
end

God.watch do |w|
  w.name = 'blocks'
  w.start = lambda { Process.spawn('/srv/blocks/bin/server') }
  w.stop = proc do
    stop_it
    sleep 1
  end
  w.restart = method(:stop_it)
  w.keepalive
end

God.watch do |w|
  w.name = 'half'
  w.start = '/srv/half/bin/server'
  w.stop = -> { stop_it }
  w.restart = 5
  w.keepalive
end
