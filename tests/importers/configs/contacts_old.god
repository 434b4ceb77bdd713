# As the first versions had it.
God::Contacts::Email.message_settings = { :from => 'god@example.org' }
God::Contacts::Email.server_settings = {
  :address => 'smtp.example.org',
  :port => 25,
  :domain => 'example.org',
  :authentication => :plain,
  :user_name => 'god user',
  :password => 'hunter2'
}

God.contact(:email) { |c| c.name = 'tom'; c.email = 'tom@example.org' }
God.contact(:email) { |c| c.name = 'chris'; c.email = 'chris@example.org' }

God.watch do |w|
  w.name = 'old'
  w.start = '/srv/old/bin/server'
  w.start_if { |on| on.condition(:process_running) { |c| c.running = false; c.notify = %w[tom chris] } }
end
