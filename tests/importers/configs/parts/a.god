God.watch { |w| w.name = 'part-a'; w.start = '/srv/a'; w.keepalive }
