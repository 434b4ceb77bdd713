# What a god configuration sets, as JSON has it, and the units it is written in.

module God
  # Values as JSON has them; what it has not is described.
  module Value
    def self.of(value)
      case value
      when nil, true, false, Integer then value
      when Float then value.finite? ? value : value.to_s
      when String then text(value.sub(/[\r\n]+\z/, '')) # of `hostname`
      when Symbol then text(value.to_s)
      when Array then value.map { |one| of(one) }
      when Hash then value.map { |key, one| [of(key).to_s, of(one)] }.to_h
      when Recorded then { 'god:object' => value.class.name.to_s }
      else other(value)
      end
    end

    def self.other(value)
      return code(value) if value.respond_to?(:call)
      return value.to_f if value.is_a?(Numeric)
      return text(value.to_s) if value.respond_to?(:to_str) || value.class.name == 'Pathname'
      { 'god:object' => value.class.name.to_s }
    end

    def self.code(value)
      file, line = value.respond_to?(:source_location) ? value.source_location : nil
      { 'god:code' => source(value, file), 'at' => file ? "#{file}:#{line}" : '' }
    end

    # The text of a block, where this Ruby can tell from where to where it goes.
    def self.source(value, file)
      node = RubyVM::AbstractSyntaxTree.of(value)
      lines = File.readlines(file)[node.first_lineno - 1..node.last_lineno - 1]
      lines[-1] = lines[-1].byteslice(0, node.last_column)
      lines[0] = lines[0].byteslice(node.first_column..-1)
      text(lines.join)
    rescue StandardError, ScriptError
      ''
    end

    def self.text(value)
      value = value.dup.force_encoding('UTF-8')
      value.valid_encoding? ? value : value.scrub('?')
    end
  end
end

# god's units.
class Numeric
  { second: 1, minute: 60, hour: 3600, day: 86_400, kilobyte: 1, megabyte: 1024, gigabyte: 1_048_576 }.each do |name, by|
    define_method(name) { self * by }
    alias_method("#{name}s", name)
  end

  def percent
    self
  end
end
