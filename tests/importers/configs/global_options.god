God.pid_file_directory = '/var/run/my god'
God.port = 17166
God.host = '127.0.0.1'
God.allow = ['127.0.0.1']
God.socket_user = 'ada'
God.socket_group = 'staff'
God.socket_perms = 0775
God.log_file = '/var/log/god.log'
God.log_level = :debug
God.log_buffer_size = 500
God.terminate_timeout = 30
God.use_events = false
God.pid = '/var/run/god.pid'
God.colour = 'red'

God.watch do |w|
  w.name = 'one'
  w.start = '/srv/one/bin/server'
  w.log = File.join(God.log_file)
  w.keepalive
end
