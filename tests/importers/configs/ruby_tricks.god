require 'god'
require 'god/cli/run'
require 'etc'
require 'pathname'
require 'yaml'

puts 'This is printed and disturbs nobody.'
applog(nil, :info, 'neither does this')

ROOT = Pathname.new('/srv/tricks')
USER = Etc.getpwuid(0).name
STAGE = ENV.fetch('STAGE', 'production')
SETTINGS = YAML.load("workers:\n  - fast\n  - slow\n")

class WorkerWatch
  def initialize(name)
    God.watch do |w|
      w.name = "worker-#{name}"
      w.uid = USER
      w.dir = ROOT
      w.start = "#{ROOT + 'bin/worker'} --queue #{name} --env #{STAGE}"
      generic(w)
      w.interval = 40
    end
  end

  def generic(w)
    w.interval = 20.seconds
    w.keepalive(:memory_max => (name_is_long?(w) ? 100 : 200).megabytes)
    w.restart_if { |on| on.condition(:file_touched) { |c| c.path = (ROOT + 'restart').to_s } }
  end

  def name_is_long?(w)
    w.name.length > 100
  end
end

SETTINGS['workers'].each { |name| WorkerWatch.new(name) }
God::System::Process.new(1).memory
God.registry
God.setup_something(1)
God::Somewhere.new
