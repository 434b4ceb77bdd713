# A worker with a control script, in the advanced form with all of the usual transitions.
root = '/var/www/moochbot/current'

God::Contacts::Email.defaults do |d|
  d.from_email = 'god@moochbot.example'
  d.from_name = 'God'
  d.delivery_method = :smtp
  d.server_host = 'relay.moochbot.example'
  d.server_port = 587
  d.server_auth = :login
  d.server_domain = 'moochbot.example'
  d.server_user = 'god@moochbot.example'
  d.server_password = 'hunter2'
end

God.contact(:email) do |c|
  c.name = 'ops'
  c.group = 'developers'
  c.to_email = 'ops@moochbot.example'
end

God.watch do |w|
  w.name = 'delayed_job_worker'
  w.interval = 10.seconds
  w.start = "#{root}/script/delayed_job_worker_control start -- production"
  w.stop = "#{root}/script/delayed_job_worker_control stop"
  w.restart = "#{root}/script/delayed_job_worker_control restart -- production"
  w.pid_file = "#{root}/tmp/pids/delayed_job_worker.pid"
  w.start_grace = 10.seconds
  w.restart_grace = 10.seconds
  w.uid = 'deploy'
  w.gid = 'root'
  w.behavior(:clean_pid_file)

  # determine the state on startup
  w.transition(:init, { true => :up, false => :start }) do |on|
    on.condition(:process_running) { |c| c.running = true }
  end

  # determine when process has finished starting
  w.transition([:start, :restart], :up) do |on|
    on.condition(:process_running) do |c|
      c.running = true
      c.interval = 5.seconds
    end

    # failsafe
    on.condition(:tries) do |c|
      c.times = 5
      c.transition = :start
      c.interval = 5.seconds
    end
  end

  # start if process is not running
  w.transition(:up, :start) do |on|
    on.condition(:process_exits) { |c| c.notify = 'developers' }
  end

  # restart if memory or cpu is too high
  w.transition(:up, :restart) do |on|
    on.condition(:memory_usage) do |c|
      c.interval = 20
      c.above = 100.megabytes
      c.times = [3, 5]
      c.notify = 'ops'
    end

    on.condition(:cpu_usage) do |c|
      c.interval = 10
      c.above = 50.percent
      c.times = 5
    end
  end

  w.lifecycle do |on|
    on.condition(:flapping) do |c|
      c.to_state = [:start, :restart]
      c.times = 5
      c.within = 5.minutes
      c.transition = :unmonitored
      c.retry_in = 10.minutes
      c.retry_times = 5
      c.retry_within = 2.hours
      c.notify = 'developers'
    end
  end
end
