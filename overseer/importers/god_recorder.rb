# Stands in for god while a god configuration runs: it does nothing, and writes down what it is told.
#
#   ruby god_recorder.rb FD FILE...     one JSON object goes to the descriptor FD
#
# Every attribute that is set is recorded as it is set, known or not: what it means, and what is
# wrong with it, is decided by whoever reads the recording. Any Ruby from 2.3 on will do.

require 'json'
require_relative 'god_values'
require_relative 'god_nouns'

module God
  VERSION = '0.13.7'
  HERE = File.expand_path(__dir__)

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
          *[Conditions, Behaviors, Contacts, System].flat_map { |room| room.constants.map { |name| room.const_get(name) } }]
  BEFORE = OURS.map { |type| [type, type.instance_methods(false)] }.to_h

  @options = {}
  @places = {}
  @watches = []
  @contacts = []
  @notes = []
  @loaded = []

  class << self
    attr_reader :contacts

    def watch(&block)
      add(Watch, &block)
    end

    def task(&block)
      add(Task, &block)
    end

    def add(type)
      one = type.new
      yield(one) if block_given?
      @watches << one
    end

    def unwatch(one)
      @watches.delete(one)
    end

    def watches
      @watches.map { |one| [one.name, one] }.to_h
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
      @options['pid_file_directory'] || (Process.euid.zero? ? '/var/run/god' : File.join(Dir.home, '.god/pids'))
    end

    def told(what)
      @notes << { 'at' => at, 'text' => what }
      nil
    end

    def method_missing(name, *args)
      key = name.to_s
      return @options[key] if args.empty? && !block_given?
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
      { 'pid_folder' => pid_file_directory.to_s, 'options' => Value.of(@options), 'places' => @places, 'notes' => @notes, 'changed' => changed,
        'watches' => @watches.map { |one| one.told__.merge('task' => !one.is_a?(Watch)) },
        'contacts' => @contacts.map(&:told__), 'defaults' => defaults }
    end

    # What went wrong, and where in the files of the user.
    def failure(error)
      files = (error.backtrace_locations || []).map { |one| [one.absolute_path || one.path, one.lineno] }
      file, line = files.find { |path, _| path && File.exist?(path) && !ours?(path) && !library?(path) }
      file, line = @loaded.last, nil if file.nil? || error.is_a?(SyntaxError)
      { 'failed' => { 'at' => [file, line].compact.join(':'), 'kind' => error.class.name,
                      'message' => Value.text(error.message), 'status' => error.is_a?(SystemExit) ? error.status : nil } }
    end
  end
end

module Kernel
  alias without_god__ require

  def require(name)
    name.to_s =~ %r{\Agod(/|\z)} ? false : without_god__(name)
  end
  private :require

  def applog(*); end
end

descriptor, *files = ARGV
pipe = IO.for_fd(Integer(descriptor), 'w')
pipe.close_on_exec = true
ARGV.clear
begin
  files.each { |path| God.run(path) }
  recording = God.recording
rescue SystemExit, StandardError, ScriptError, SystemStackError, NoMemoryError => error
  recording = God.failure(error)
end
pipe.write(JSON.generate(recording))
pipe.close
$stdout.flush
exit!(0)
