God.contact(:campfire) { |c| c.name = 'campfire'; c.subdomain = 'x'; c.token = 'hunter2'; c.room = 'r'; c.ssl = true }
God.contact(:hipchat) { |c| c.name = 'hipchat'; c.token = 'hunter2'; c.room = 'r'; c.from = 'god' }
God.contact(:prowl) { |c| c.name = 'prowl'; c.apikey = 'hunter2' }
God.contact(:scout) { |c| c.name = 'scout'; c.client_key = 'hunter2'; c.plugin_id = '1' }
God.contact(:airbrake) { |c| c.name = 'airbrake'; c.apikey = 'hunter2' }
God.contact(:twitter) do |c|
  c.name = 'twitter'
  c.group = 'everybody'
  c.consumer_token = 'hunter2'
  c.consumer_secret = 'hunter2'
  c.access_token = 'hunter2'
  c.access_secret = 'hunter2'
end

God.watch do |w|
  w.name = 'quiet'
  w.start = '/srv/quiet/bin/server'
  w.transition(:up, :start) { |on| on.condition(:process_exits) { |c| c.notify = %w[campfire everybody] } }
end
