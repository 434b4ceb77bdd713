# delayed_job on SQLite in WAL, synchronous=FULL; one worker, and a connection for each mail, as ActionMailer has it.
#
#   ruby delayed_job.rb put FILE COUNT | work FILE PORT THREADS COUNT      prints mails a second
require "logger"
require "delayed_job_active_record"
require "net/smtp"

BODY = "Subject: hello\r\n\r\n" + "x" * 980 + "\r\n"
Send = Struct.new(:sender, :rcpt, :body) do
  def perform
    Net::SMTP.start("127.0.0.1", $port) do |line|
      # Without it each DATA waits 40 ms for an acknowledgement.
      line.instance_variable_get(:@socket).io.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
      line.send_message(body, sender, rcpt)
    end
    $done << Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end

what, file, *rest = ARGV
$done = []
ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: file, timeout: 5000)
ActiveRecord::Base.connection.execute("PRAGMA journal_mode=WAL")
ActiveRecord::Base.connection.execute("PRAGMA synchronous=FULL")
unless ActiveRecord::Base.connection.table_exists?(:delayed_jobs)
  ActiveRecord::Schema.verbose = false
  ActiveRecord::Schema.define do
    create_table :delayed_jobs do |t|
      t.integer :priority, default: 0, null: false
      t.integer :attempts, default: 0, null: false
      t.text :handler, null: false
      t.text :last_error
      t.datetime :run_at, :locked_at, :failed_at
      t.string :locked_by, :queue
      t.timestamps null: true
    end
    add_index :delayed_jobs, [:priority, :run_at]
  end
end
Delayed::Worker.backend = :active_record
Delayed::Worker.logger = Logger.new(IO::NULL)

if what == "put"
  count = rest[0].to_i
  begun = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  count.times { Delayed::Job.enqueue(Send.new("app@example.org", "ann@example.org", BODY)) }
  puts count / (Process.clock_gettime(Process::CLOCK_MONOTONIC) - begun)
else
  $port, count = rest[0].to_i, rest[2].to_i
  worker = Delayed::Worker.new(quiet: true)
  worker.work_off(count - $done.size) while $done.size < count
  puts ($done.size - 1) / ($done.max - $done.min)
end
