God.contact(:email) do |c|
  c.name = 'smtp'
  c.to_email = 'smtp@example.org'
  c.to_name = 'Ada Lovelace'
  c.from_email = 'god@example.org'
  c.from_name = 'God, the daemon'
  c.delivery_method = :smtp
  c.server_host = 'relay.example.org'
  c.server_port = 2525
  c.server_auth = nil
end

God.contact(:email) do |c|
  c.name = 'login'
  c.group = 'everybody'
  c.to_email = 'login@example.org'
  c.server_host = 'smtp.example.org'
  c.server_port = 465
  c.server_auth = :cram_md5
  c.server_domain = 'example.org'
  c.server_user = 'god'
  c.server_password = 'hunter2'
end

God.contact(:email) do |c|
  c.name = 'local'
  c.to_email = 'root@localhost'
  c.delivery_method = :sendmail
  c.sendmail_path = '/usr/lib/sendmail'
  c.sendmail_args = '-t'
end

God.contact(:email) do |c|
  c.name = 'nobody'
  c.to_email = nil
end
