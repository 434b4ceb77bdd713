# What a configuration does besides naming watches: it is written down, for overseer reads data and does none of it.

module God
  READ = {} # of ENV: name, and whether it was set
  USUAL = %w[HOME PATH USER LOGNAME SHELL LANG TZ PWD]

  class << self
    # Whether the method that asks was called by one of the user's files, and not by a library.
    def asked_by_file?
      path = caller_locations(2, 1).first
      path &&= path.absolute_path || path.path
      path && !ours?(path) && !library?(path) && !path.start_with?('<internal:')
    end

    def side_effect(text, block = nil)
      code = block ? Value.code(block)['god:code'] : ''
      @notes << { 'at' => at, 'text' => text, 'code' => code }
      nil
    end

    def shown(args)
      args.map(&:inspect).join(', ')
    end
  end

  ONCE = 'it has been done now, once; god does it at each start, overseer does not'

  # A thread of the file's own is run only where the file waits for it.
  module Threads
    %w[new start fork].each do |name|
      define_method(name) do |*args, &block|
        next super(*args, &block) unless block && God.asked_by_file?
        God.side_effect("Thread.#{name}: a thread inside of god; it is not run here. Write what it does as a watch of its own", block)
        gate = Queue.new
        thread = super(*args) { |*given| gate.pop && block.call(*given) }
        %w[join value].each do |wait|
          thread.define_singleton_method(wait) { |*more| gate.push(true) && super(*more) }
        end
        thread
      end
    end
  end

  module Forks
    def fork(&block)
      return super unless block && God.asked_by_file?
      God.side_effect('fork: a process beside god; it is not run here. Write it as a watch of its own', block)
      super { exit!(0) }
    end
  end

  module Calls
    def system(*args, **options)
      God.side_effect("system(#{God.shown(args)}): #{ONCE}; hooks: before_start, if a program needs it") if God.asked_by_file?
      super
    end

    def spawn(*args, **options)
      God.side_effect("spawn(#{God.shown(args)}): #{ONCE}; write it as a watch of its own, if it is to be there") if God.asked_by_file?
      super
    end

    def `(line)
      output = super
      God.side_effect("`#{line}` has answered #{output.to_s.chomp.inspect} now; that is what stands here") if God.asked_by_file?
      output
    end

    def at_exit(&block)
      return super unless God.asked_by_file?
      God.side_effect('at_exit: done when god ends; it is not carried over', block)
      block
    end

    def trap(*args, &block)
      return super unless God.asked_by_file?
      God.side_effect("trap(#{God.shown(args)}): a signal to god itself; it is not carried over", block)
      'DEFAULT'
    end

    def abort(text = nil)
      raise SystemExit.new(1, text || 'abort')
    end
    private(*instance_methods(false))
  end

  module Signals
    def trap(*args, &block)
      God.side_effect("Signal.trap(#{God.shown(args)}): a signal to god itself; it is not carried over", block)
      'DEFAULT'
    end
  end

  # What changes files, by the module that does it.
  def self.watch_for(owner, names)
    recorder = Module.new do
      names.each do |name|
        define_method(name) do |*args, **options, &block|
          God.side_effect("#{owner}.#{name}(#{God.shown(args)}): #{ONCE}") if God.asked_by_file?
          super(*args, **options, &block)
        end
      end
    end
    owner.singleton_class.prepend(recorder)
  end

  module Environment
    %w[[] fetch key? has_key? include? member?].each do |name|
      define_method(name) do |*args, &block|
        READ[args.first.to_s] = ENV.to_h.key?(args.first.to_s) if !READ.key?(args.first.to_s) && God.asked_by_file?
        super(*args, &block)
      end
    end
  end

  # Of the environment: what the files set, which god's programs inherit, and what they read.
  def self.environment
    set = ENV.to_h.reject { |name, value| BEFORE_FILES[name] == value }
    read = READ.reject { |name, _| USUAL.include?(name) }
    { 'set' => Value.of(set), 'read' => read }
  end

  BEFORE_FILES = ENV.to_h
  Thread.singleton_class.prepend(Threads)
  Object.prepend(Forks)
  ::Process.singleton_class.prepend(Forks)
  Object.prepend(Calls)
  ::Process.singleton_class.prepend(Calls)
  Signal.singleton_class.prepend(Signals)
  ENV.singleton_class.prepend(Environment)
  watch_for(FileUtils, %w[mkdir mkdir_p makedirs rm rm_f rm_r rm_rf touch chmod chmod_R chown chown_R ln_s ln_sf cp mv])
  watch_for(Dir, %w[mkdir rmdir unlink])
  watch_for(File, %w[write delete unlink rename chmod chown symlink])
end
