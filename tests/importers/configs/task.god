God.task do |t|
  t.name = 'logs'
  t.group = 'housekeeping'
  t.interval = 60
  t.valid_states = [:ok, :clean]
  t.initial_state = :ok

  t.clean = 'rm /srv/app/log/*.log.1'

  t.transition(:clean, :ok)
  t.transition(:ok, :clean) do |on|
    on.condition(:disk_usage) { |c| c.mount_point = '/srv'; c.above = 80 }
  end
end
