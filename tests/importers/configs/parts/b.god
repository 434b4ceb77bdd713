God.watch { |w| w.name = 'part-b'; w.start = '/srv/b'; w.keepalive } unless God.watches['part-b']
