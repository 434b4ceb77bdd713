God.watch do |w|
  w.name = 'simple'
  w.start = 'ruby /srv/simple/server.rb'
  w.keepalive
end

God.watch do |w|
  w.name = 'limited'
  w.start = '/srv/limited/bin/server --foreground'
  w.keepalive(:interval => 20.seconds,
              :memory_max => 1.5.gigabytes, :memory_times => [2, 3],
              :cpu_max => 90.percent, :cpu_times => 4)
end

God.watch do |w|
  w.name = 'through-a-shell'
  w.start = 'QUEUE=mail rake resque:work | logger -t resque'
  w.dir = '/srv/jobs'
  w.keepalive(:memory_max => 300.megabytes, :cpu_max => 80.percent, :cpu_times => 6)
end

God.watch do |w|
  w.name = 'through-no-shell'
  w.start = 'cd /srv/jobs && QUEUE=mail rake resque:work >> /var/log/resque.log 2>&1'
  w.keepalive
end
