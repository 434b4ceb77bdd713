# Names that Ruby had when god's configurations were written, and has no more.

module God
  # As Kernel#open and YAML.load were: a URL, and any YAML.
  module OldOpen
    def open(name, *rest, **options, &block)
      return super unless name.to_s =~ %r{\A(https?|ftp)://} && URI.respond_to?(:open)
      URI.open(name, *rest, **options, &block)
    end
    private :open
  end

  module OldYaml
    def load(text, *, permitted_classes: nil, permitted_symbols: nil, aliases: nil, **options)
      unsafe_load(text, **options)
    end

    def load_file(path, **options)
      File.open(path, 'r:bom|utf-8') { |file| load(file, **options) }
    end

    def safe_load(text, *old, **options)
      old.empty? ? super(text, **options) : unsafe_load(text)
    end
  end

  # ERB.new(text, safe_level, trim_mode, eoutvar)
  module OldErb
    def initialize(text, *old, **options)
      options[:trim_mode] = old[1] if old[1]
      options[:eoutvar] = old[2] if old[2]
      super(text, **options)
    end
  end

  # Those of the standard library are there for whoever writes them as they once were.
  module OldNames
    def const_missing(name)
      return RbConfig if name == :Config
      super
    end
  end
end

{ Fixnum: Integer, Bignum: Integer, TRUE: true, FALSE: false, NIL: nil }.each do |name, value|
  Object.const_set(name, value) unless Object.const_defined?(name)
end
Object.singleton_class.prepend(God::OldNames)
Object.prepend(God::OldOpen)

class << File
  alias exists? exist? unless method_defined?(:exists?)
end

class << Dir
  alias exists? exist? unless method_defined?(:exists?)
end

module FileTest
  class << self
    alias exists? exist? unless method_defined?(:exists?)
  end
end

class Object
  %w[taint untaint trust untrust].each { |name| define_method(name) { self } unless method_defined?(name) }
  %w[tainted? untrusted?].each { |name| define_method(name) { false } unless method_defined?(name) }
  define_method(:=~) { |_| nil } unless method_defined?(:=~)
end

class Hash
  alias index key unless method_defined?(:index)
end

class Array
  alias choice sample unless method_defined?(:choice)
  define_method(:nitems) { compact.size } unless method_defined?(:nitems)
end

class String
  alias each each_line unless method_defined?(:each)
end

if defined?(URI) && !URI.respond_to?(:escape)
  module URI
    def self.escape(*parts)
      DEFAULT_PARSER.escape(*parts)
    end

    def self.unescape(*parts)
      DEFAULT_PARSER.unescape(*parts)
    end

    class << self
      alias encode escape
      alias decode unescape
    end
  end
end

if defined?(Psych) && Psych.respond_to?(:unsafe_load)
  Psych.singleton_class.prepend(God::OldYaml)
  Psych.const_set(:ENGINE, Struct.new(:yamler).new('psych')) unless Psych.const_defined?(:ENGINE)
end

if defined?(ERB) && ERB.instance_method(:initialize).parameters.include?([:key, :trim_mode])
  ERB.prepend(God::OldErb)
end
