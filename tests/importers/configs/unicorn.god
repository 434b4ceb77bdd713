# Commands that go into a folder first, and signals sent by hand.
root = '/srv/shop/current'
pid = "#{root}/tmp/pids/unicorn.pid"

God.watch do |w|
  w.name = 'unicorn'
  w.interval = 30.seconds
  w.start = "cd #{root} && bundle exec unicorn -c config/unicorn.rb -E production -D"
  w.stop = "kill -QUIT `cat #{pid}`"
  w.restart = "kill -USR2 `cat #{pid}`"
  w.pid_file = pid
  w.stop_timeout = 40
  w.uid = 'shop'
  w.keepalive
end

God.watch do |w|
  w.name = 'clock'
  w.start = "cd #{root} && bundle exec clockwork clock.rb"
  w.stop = "kill -INT $(cat #{w.pid_file})"
  w.restart = "kill -HUP `cat '#{w.pid_file}'`"
  w.keepalive
end

God.watch do |w|
  w.name = 'tail'
  w.start = "cd /var/log; exec tail -f syslog"
  w.stop = "test -e /run/nope || kill -9 `head -1 #{w.pid_file}`"
  w.keepalive
end
