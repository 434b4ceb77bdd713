# god's watches, tasks, conditions, behaviors and contacts, which remember what they are told.

module God
  # Takes every `name = value` and gives it back.
  class Recorded
    def attributes__
      @attributes__ ||= {}
    end

    def places__
      @places__ ||= {}
    end

    def method_missing(name, *args, &block)
      key = name.to_s
      if key.end_with?('=')
        places__[key.chomp('=')] = God.at
        attributes__[key.chomp('=')] = args.first
      elsif args.empty? && block.nil?
        attributes__[key]
      else
        attributes__[key] = block || (args.size == 1 ? args.first : args)
        God.told("#{key}: recorded as it was called, #{self.class.name}")
      end
    end

    def respond_to_missing?(*)
      true
    end

    # With what a class of the file's own keeps in variables of its own.
    def told__
      own = instance_variables.reject { |name| name.to_s.end_with?('__') }
      own = own.map { |name| [name.to_s.delete('@'), instance_variable_get(name)] }.to_h
      { 'attributes' => Value.of(own.merge(attributes__)), 'places' => places__ }
    end
  end

  # One of a kind: a condition, a behavior, a contact.
  class Kind < Recorded
    class << self
      attr_accessor :room__

      def make__(kind, *rest)
        kind = kind.to_s
        room = God.const_get(room__)
        name = kind.split('_').map { |part| part[0].to_s.upcase + part[1..-1].to_s }.join
        type = name =~ /\A[A-Z]\w*\z/ && room.const_defined?(name, false) ? room.const_get(name) : self
        one = type.respond_to?(:new) ? fresh__(type) : new
        one.instance_variable_set(:@kind__, kind)
        one.instance_variable_set(:@at__, God.at)
        one
      end

      def fresh__(type)
        type.new
      rescue ArgumentError
        type.allocate
      end
    end

    def told__
      super.merge('kind' => @kind__, 'at' => @at__)
    end
  end

  class Condition < Kind
    self.room__ = :Conditions
    attr_accessor :operator__

    %w[this and and_not or or_not].each do |word|
      define_method(word) do |kind, &block|
        one = Condition.make__(kind)
        one.operator__ = word
        block.call(one) if block
        (@operands__ ||= []) << one
      end
    end

    def told__
      operands = (@operands__ || []).map { |one| one.told__.merge('operator' => one.operator__) }
      super.merge('operands' => operands)
    end
  end

  class PollCondition < Condition; end
  class EventCondition < Condition; end
  class TriggerCondition < Condition; end

  class Behavior < Kind
    self.room__ = :Behaviors
  end

  class Contact < Kind
    self.room__ = :Contacts

    class << self
      def defaults
        yield(defaults__)
      end

      def defaults__
        @defaults__ ||= Recorded.new
      end

      # God::Contacts::Email.server_settings = {...}, as older versions had it.
      def method_missing(name, *args)
        return super unless name.to_s.end_with?('=')
        defaults__.public_send(name, *args)
      end

      def respond_to_missing?(name, *)
        name.to_s.end_with?('=')
      end
    end
  end

  module Rooms
    def const_missing(name)
      God.told("there is no #{self.name}::#{name} here")
      const_set(name, Class.new(Recorded))
    end
  end

  module Conditions
    extend Rooms
    %w[Always Complex CpuUsage DegradingLambda DiskUsage FileMtime FileTouched HttpResponseCode Lambda
       MemoryUsage ProcessRunning SocketResponding Tries].each { |name| const_set(name, Class.new(PollCondition)) }
    ProcessExits = Class.new(EventCondition)
    Flapping = Class.new(TriggerCondition)
  end

  module Behaviors
    extend Rooms
    %w[CleanPidFile CleanUnixSocket NotifyWhenFlapping].each { |name| const_set(name, Class.new(Behavior)) }
  end

  module Contacts
    extend Rooms
    %w[Airbrake Campfire Email Hipchat Jabber Prowl Scout Sensu Slack Statsd Twitter Webhook].each do |name|
      const_set(name, Class.new(Contact))
    end
  end

  module System
    extend Rooms
    %w[Process PortablePoller SlashProcPoller].each { |name| const_set(name, Class.new(Recorded) { def initialize(*); end }) }
  end

  class Metric < Recorded
    def initialize(watch)
      @watch__ = watch
      @conditions__ = []
    end

    def condition(kind)
      one = Condition.make__(kind)
      yield(one) if block_given?
      one.instance_variable_set(:@then__, @watch__.interval)
      @conditions__ << one
    end

    def conditions__
      @conditions__.map { |one| one.told__.merge('then' => Value.of(one.instance_variable_get(:@then__))) }
    end
  end

  class Task < Recorded
    attr_reader :at__

    def initialize
      @at__ = God.at
      @rows__ = []
      @behaviors__ = []
      @keepalive__ = nil
    end

    def transition(from, to, &block)
      row__(Array(from).map(&:to_s), to, &block)
    end

    def lifecycle(&block)
      row__(nil, nil, &block)
    end

    def row__(from, to)
      metric = Metric.new(self)
      row = { 'from' => from, 'to' => Value.of(to), 'at' => God.at, 'bare' => !block_given? }
      yield(metric) if block_given?
      @rows__ << row.merge('conditions' => metric.conditions__)
    end

    def behavior(kind)
      one = Behavior.make__(kind)
      yield(one) if block_given?
      @behaviors__ << one
    end

    def told__
      super.merge('at' => @at__, 'rows' => @rows__, 'keepalive' => Value.of(@keepalive__),
                  'behaviors' => @behaviors__.map(&:told__))
    end
  end

  class Watch < Task
    def start_if(&block)
      row__(['up'], 'start', &block)
    end

    def restart_if(&block)
      row__(['up'], 'restart', &block)
    end

    def stop_if(&block)
      row__(['up'], 'stop', &block)
    end

    def keepalive(options = {})
      @keepalive__ = options
    end

    def pid_file
      attributes__['pid_file'] || File.join(God.pid_file_directory.to_s, "#{name}.pid")
    end
  end
end
