God.watch do |w|
  w.name = 'poller'
  w.start = '/srv/poller/bin/poller'
  w.interval = 15

  w.start_if do |start|
    start.condition(:process_running) { |c| c.running = false }
  end

  w.restart_if do |restart|
    restart.condition(:memory_usage) { |c| c.above = 900 }
    restart.condition(:http_response_code) do |c|
      c.host = 'localhost'
      c.port = 8080
      c.path = '/health'
      c.code_is_not = 200
      c.timeout = 5.seconds
      c.times = [3, 5]
    end
    restart.condition(:http_response_code) do |c|
      c.host = 'localhost'
      c.port = 8081
      c.code_is = [500, 502, '503']
      c.times = 2
      c.interval = 1.minute
    end
  end

  w.stop_if do |stop|
    stop.condition(:disk_usage) do |c|
      c.mount_point = '/'
      c.above = 95.percent
    end
  end
end
