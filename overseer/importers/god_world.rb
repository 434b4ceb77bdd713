# What god has loaded and defined before it reads a configuration, so that files may use it.

%w[pathname stringio fileutils thread etc forwardable monitor optparse yaml erb time uri socket net/http net/https net/smtp drb
   timeout set rbconfig].each do |library|
  begin
    require library
  rescue LoadError
    next # a Ruby without it, as newer ones are; a file that uses it is told so
  end
end

$load_god = true
$run = true
ORIGINAL_ARGV = ARGV.dup
CONTACT_DEPS = {}
CONTACT_LOAD_SUCCESS = Hash.new(true)

def load_contact(*)
  true
end

def applog(*); end

def root_binding
  TOPLEVEL_BINDING
end

module God
  VERSION = '0.13.7'

  # The folder god is in: that of its gem, of the checkout that a file is part of, or where its gem would be.
  def self.root(files)
    installed = Gem::Specification.find_all_by_name('god').map(&:gem_dir)
    above = files.flat_map { |path| Pathname.new(File.expand_path(path)).ascend.map(&:to_s) }
    checkout = above.select { |folder| File.exist?(File.join(folder, 'lib/god.rb')) }
    (installed + checkout).first || File.join(Gem.default_dir, 'gems', "god-#{VERSION}")
  end

  LOG_BUFFER_SIZE_DEFAULT = 100
  PID_FILE_DIRECTORY_DEFAULTS = ['/var/run/god', '~/.god/pids']
  DRB_PORT_DEFAULT = 17_165
  DRB_ALLOW_DEFAULT = ['127.0.0.1']
  LOG_LEVEL_DEFAULT = :info
  TERMINATE_TIMEOUT_DEFAULT = 10
  STOP_TIMEOUT_DEFAULT = 10
  STOP_SIGNAL_DEFAULT = 'TERM'

  %w[AbstractMethodNotOverriddenError NoSuchWatchError NoSuchConditionError NoSuchBehaviorError NoSuchContactError
     InvalidCommandError EventRegistrationFailedError].each { |name| const_set(name, Class.new(StandardError)) }

  # What options are before a file sets them: by god's command line, and from the first watch on.
  BEFORE_ANY = { 'port' => DRB_PORT_DEFAULT, 'log_level' => :warn, 'socket_perms' => 0o755 }
  FROM_FIRST = { 'allow' => DRB_ALLOW_DEFAULT, 'log_buffer_size' => LOG_BUFFER_SIZE_DEFAULT,
                 'terminate_timeout' => TERMINATE_TIMEOUT_DEFAULT }

  module Configurable
    def complain(*)
      false
    end
  end

  class SimpleLogger
    DEBUG = 2
    INFO = 4
    WARN = 8
    ERROR = 16
    FATAL = 32
    attr_accessor :level, :datetime_format, :logs

    def initialize(*); end

    %w[output fatal error warn info debug log].each { |name| define_method(name) { |*| } }
  end

  class Logger < SimpleLogger
    class << self
      attr_accessor :syslog
    end
  end

  # god tells of exits by netlink; a file may choose between events and polls.
  class EventHandler
    class << self
      def load
        true
      end
      alias loaded? load
      alias start load
      alias stop load
      alias operational? load

      def event_system
        'netlink'
      end

      def register(*); end
      alias deregister register
    end
  end
end

LOG = God::Logger.new
GOD_ROOT = God.root(ARGV.drop(2))
