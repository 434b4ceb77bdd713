module God
  module Conditions
    class QueueLength < PollCondition
      attr_accessor :queue, :above

      def initialize
        super
        @above = 10
      end

      def valid?
        complain('queue', self) if queue.nil?
      end

      def test
        true
      end
    end

    class MemoryUsage
      def test
        false
      end
    end
  end

  module Behaviors
    class WarmUp < Behavior
      attr_accessor :seconds

      def after_start
        sleep seconds
      end
    end
  end

  module Contacts
    class Pager < Contact
      class << self
        attr_accessor :gateway
      end
      self.gateway = '10.0.0.1'
      attr_accessor :number

      def notify(*)
      end
    end
  end
end

God.contact(:pager) do |c|
  c.name = 'night'
  c.number = '0171'
end

God.watch do |w|
  w.name = 'custom'
  w.start = '/srv/custom/bin/server'
  w.behavior(:warm_up) { |b| b.seconds = 5 }
  w.keepalive
  w.restart_if do |on|
    on.condition(:queue_length) do |c|
      c.queue = 'mail'
      c.notify = 'night'
    end
  end
end
