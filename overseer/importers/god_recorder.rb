# Stands in for god while a god configuration runs: it does nothing, and writes down what it is told.
#
#   ruby god_recorder.rb FD SECONDS FILE...     one JSON object goes to the descriptor FD
#
# Every attribute that is set is recorded as it is set, known or not: what it means, and what is
# wrong with it, is decided by whoever reads the recording. Any Ruby from 2.3 on will do.

require 'json'
require_relative 'god_world'
require_relative 'god_values'
require_relative 'god_nouns'
require_relative 'god_old_ruby'

module God
  HERE = File.expand_path(__dir__)
  FOLDER = Dir.pwd

  def self.ours?(path)
    File.expand_path(path).start_with?("#{HERE}/god_")
  end

  # Ruby's own, or a gem's.
  def self.library?(path)
    [RbConfig::CONFIG['rubylibprefix'], *Gem.path].compact.any? { |folder| path.start_with?("#{folder}/") }
  end

  # Where in the user's files we are.
  def self.at
    paths = caller_locations.map { |one| [one.absolute_path || one.path, one.lineno] }
    (paths.find { |path, _| !ours?(path) } || []).join(':')
  end

  # Names whose classes a file may open again; what it defines there is not carried over.
  OURS = [Condition, PollCondition, EventCondition, TriggerCondition, Behavior, Contact, Metric, Task, Watch,
          SimpleLogger, Logger, EventHandler,
          *[Conditions, Behaviors, Contacts, System].flat_map { |room| room.constants.map { |name| room.const_get(name) } }]
  BEFORE = OURS.map { |type| [type, type.instance_methods(false)] }.to_h

  @options = {}
  @places = {}
  @watches = []
  @contacts = []
  @notes = []
  @loaded = []

  class << self
    def watch(&block)
      add(Watch, &block)
    end

    def task(&block)
      add(Task, &block)
    end

    def add(type)
      one = type.new
      @watches << one
      yield(one) if block_given?
      one
    end

    def unwatch(one)
      @watches.delete(one)
    end

    def watches
      @watches.map { |one| [one.name, one] }.to_h
    end

    def groups
      @watches.select(&:group).group_by(&:group)
    end

    def contacts
      @contacts.map { |one| [one.name, one] }.to_h
    end

    def contact_groups
      @contacts.select(&:group).group_by(&:group)
    end

    def version
      VERSION
    end

    def running
      false
    end

    # god takes up its options when the first watch or contact comes.
    def inited
      !(@watches.empty? && @contacts.empty?)
    end

    def contact(kind)
      one = Contact.make__(kind)
      yield(one) if block_given?
      @contacts << one
    end

    def load(pattern)
      found = Dir.glob(File.expand_path(pattern)).sort
      told("God.load #{pattern.to_s.inspect}: no such file, seen from #{Dir.pwd}") if found.empty?
      found.each { |path| run(path) }
    end

    def run(path)
      path = File.expand_path(path)
      return if @loaded.include?(path)
      @loaded << path
      Kernel.load(path)
    end

    # God.meddle { |god| ... }, as the first versions had it.
    def meddle(options = {})
      options.each { |key, value| @options[key.to_s] = value }
      yield(self) if block_given?
    end
    alias init meddle

    def pid_file_directory
      @options['pid_file_directory'] || (pid_folder if inited)
    end

    # Where god writes the pids of what it daemonizes: the first of its folders that it may write to.
    def pid_folder
      given = @options['pid_file_directory']
      return given.to_s if given
      ::Process.euid.zero? ? PID_FILE_DIRECTORY_DEFAULTS.first : File.expand_path(PID_FILE_DIRECTORY_DEFAULTS.last)
    end

    def usual(key)
      BEFORE_ANY.merge(inited ? FROM_FIRST : {})[key]
    end

    def told(what)
      @notes << { 'at' => at, 'text' => what }
      nil
    end

    def method_missing(name, *args)
      key = name.to_s
      return @options.fetch(key) { usual(key) } if args.empty? && !block_given?
      return told("God.#{key} was called; nothing was done") unless key.end_with?('=')
      @places[key.chomp('=')] = at
      @options[key.chomp('=')] = args.first
    end

    def respond_to_missing?(*)
      true
    end

    def const_missing(name)
      told("there is no God::#{name} here")
      const_set(name, Class.new(Recorded))
    end

    def changed
      BEFORE.select { |type, methods| type.instance_methods(false) != methods }.keys.map(&:name)
    end

    def recording
      kinds = Contacts.constants.map { |name| Contacts.const_get(name) }.select { |type| type < Contact }
      defaults = kinds.map { |type| [type.name.split('::').last, type.defaults__.told__] }.to_h
      { 'pid_folder' => pid_folder, 'cwd' => FOLDER, 'root' => (GOD_ROOT if root_used?), 'environment' => environment, 'options' => Value.of(@options), 'places' => @places, 'notes' => @notes, 'changed' => changed,
        'watches' => @watches.map { |one| one.told__.merge('task' => !one.is_a?(Watch)) },
        'contacts' => @contacts.map(&:told__), 'defaults' => defaults }
    end

    def root_used?
      @loaded.any? { |path| File.binread(path).include?('GOD_ROOT') }
    end

    # What went wrong, and where in the files of the user.
    def failure(error)
      files = (error.backtrace_locations || []).map { |one| [one.absolute_path || one.path, one.lineno] }
      file, line = files.find { |path, _| path && File.exist?(path) && !ours?(path) && !library?(path) }
      file, line = @loaded.last, nil if file.nil? || error.is_a?(SyntaxError)
      { 'failed' => { 'at' => [file, line].compact.join(':'), 'kind' => error.class.name,
                      'library' => error.is_a?(LoadError), 'message' => Value.text(error.message), 'status' => error.is_a?(SystemExit) ? error.status : nil } }
    end
  end
end

module Kernel
  alias without_god__ require

  def require(name)
    name.to_s =~ %r{\Agod(/|\z)} ? false : without_god__(name)
  end
  private :require
end

# Its text is for the user; no `rescue` of a file takes it for its own.
class TooLong < Exception
end

descriptor, seconds, *files = ARGV
output = IO.for_fd(Integer(descriptor), 'w')
output.close_on_exec = true
ARGV.clear
main = Thread.current
Thread.new { sleep(Float(seconds)) && main.raise(TooLong, "still at it after #{seconds} seconds") }
require_relative 'god_side_effects'
begin
  files.each { |path| God.run(path) }
  recording = God.recording
rescue TooLong, SystemExit, StandardError, ScriptError, SystemStackError, NoMemoryError => error
  recording = God.failure(error)
end
output.write(JSON.generate(recording))
output.close
$stdout.flush
exit!(0)
