God::Contacts::Webhook.defaults { |d| d.format = :json }
God::Contacts::Jabber.defaults do |d|
  d.host = 'talk.example.org'
  d.from_jid = 'god@example.org'
  d.password = 'hunter2'
end

God.contact(:webhook) { |c| c.name = 'hook'; c.url = 'https://example.org/god?team=ops' }
God.contact(:webhook) { |c| c.name = 'form'; c.url = 'http://example.org/'; c.format = :form }
God.contact(:jabber) { |c| c.name = 'chat'; c.to_jid = 'ops@example.org'; c.port = 5222; c.subject = 'God' }
God.contact(:sensu) do |c|
  c.name = 'checks'
  c.check_name = 'god checks'
  c.status_code = 1
  c.handler = 'pagerduty'
  c.host = '127.0.0.1'
  c.port = 3030
end
God.contact(:statsd) { |c| c.name = 'numbers'; c.host = 'graphite.example.org'; c.port = 8125 }
God.contact(:slack) do |c|
  c.name = 'channel'
  c.group = 'people'
  c.url = 'https://hooks.slack.com/services/T0/B0/xyz'
  c.channel = '#ops'
  c.notify_channel = true
  c.format = '%{priority} %{host}: %{message}'
  c.username = 'god'
  c.emoji = ':fire:'
end

God.watch do |w|
  w.name = 'told'
  w.start = '/srv/told/bin/server'
  w.start_if do |on|
    on.condition(:process_running) do |c|
      c.running = false
      c.notify = %w[hook form chat checks numbers people]
    end
  end
end
